#pragma once

#include "tinyres/backend/host/buffer.hpp"
#include "tinyres/backend/host/loss_memory.hpp"
#include "tinyres/backend/host/steps.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace host {

/// A backend whose buffers the processor reads and writes directly. What is too small to be worth writing for each of
/// them (softmax, loss, flattening) is written once, in this folder.
template <class Backend>
concept OnHost = Backend::on_host;

} // namespace host
} // namespace TINYRES_ARCH
} // namespace tinyres
