#pragma once

#include "tinyres/backend/cuda/cuda.hpp"
#include "tinyres/backend/cuda/start_kernel.hpp"

#include <type_traits>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// Puts a kernel into the backend's stream. Throws Error naming it if it cannot be started.
///
///     launch(cuda, "relu", {.blocks = blocks_for(count, 256)}, relu_kernel<T>, input, output, count);
template <class Backend, class... Parameters>
void launch(const Backend& cuda, const char* name, const Grid& grid, void (*kernel)(Parameters...),
            std::type_identity_t<Parameters>... arguments) {
    start_kernel<Parameters...>(cuda.stream(), name, grid, kernel, arguments...);
}

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
