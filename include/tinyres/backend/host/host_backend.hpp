#pragma once

#include "tinyres/backend/host/host_buffer.hpp"
#include "tinyres/backend/host/loss_memory.hpp"
#include "tinyres/backend/host/steps.hpp"

namespace tinyres::inline TINYRES_ARCH {

/// A backend whose buffers the processor reads and writes directly. What is too small to be worth writing for each of
/// them (softmax, loss, flattening) is written once, in this folder.
template <class Backend>
concept HostBackend = Backend::on_host;

} // namespace tinyres::inline TINYRES_ARCH
