#pragma once

/// A GPU that is not there: CUDA's runtime as far as the backend uses it, so that kernels and what launches them
/// compile unchanged with an ordinary compiler and run on the processor. It is slow and knows no time; it is here to
/// find mistakes. Its directory comes before all others in the include path, for it also replaces the backend's
/// intrinsics.hpp. Needs an x86-64 processor, Linux and OpenMP; kernels want -Wno-unknown-pragmas (for #pragma unroll)
/// and -fno-strict-aliasing, and -rdynamic gives them their names in messages.
///
/// The threads of a block are fibers. Each runs until it ends or waits, in an order that tests choose; blocks run on
/// several threads of the machine at once, kernels one after the other. A warp's operation is done for all its lanes by
/// the one that comes last to it.
///
/// What a GPU forbids, or leaves undefined, throws cuda_shim::Fault with a line that says who and where:
///   - a barrier or a warp's operation at which some threads never arrive, or arrive at another line;
///   - writes beside shared memory or beside what cudaMalloc gave (AddressSanitizer, where it is on, also sees reads);
///   - addresses that are not aligned, or not in shared memory, where intrinsics need that;
///   - operands of the tensor cores that are not rounded to TF32;
///   - grids, blocks and shared memory that no GPU has, and pointers of the host given to a kernel.
/// While a stream is captured, calls that the capture's mode forbids fail with CUDA's errors and break it
/// (cuda_shim/captures.hpp).
/// What nothing was written to is NaN: shared memory at the start of a block, what cudaMalloc gives, and the target of
/// copy_async until the copy is waited for.
///
/// Not there: weak memory order (all see at once what one writes, but for copy_async), races within a step of the given
/// order, the rounding of tensor cores (products are summed in float, one after the other), static __shared__
/// variables, atomics, times of events, textures, several devices, the <<<>>> of launches. __launch_bounds__ is not
/// checked.
///
/// Tests turn to cuda_shim::settings, RestoreSettings, in_every_order, device_bytes_in_use, host_waits and
/// graph_launches.

#include "cuda_shim/device_api.hpp"
#include "cuda_shim/errors.hpp"
#include "cuda_shim/event_api.hpp"
#include "cuda_shim/fault.hpp"
#include "cuda_shim/graph_api.hpp"
#include "cuda_shim/kernel_api.hpp"
#include "cuda_shim/launch_api.hpp"
#include "cuda_shim/memory_api.hpp"
#include "cuda_shim/settings.hpp"
#include "cuda_shim/stream_api.hpp"
#include "cuda_shim/vector_types.hpp"

#include <cmath>
#include <math.h>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __grid_constant__
#define __launch_bounds__(...)
