#pragma once

/// The backend CudaWithCudnn, for .cu files: Cuda with cuDNN's convolutions. Needs cuDNN 9 beside what tinyres/cuda.hpp
/// needs; CMake's tinyres::cudnn brings it.
#include "tinyres/backend/cuda/cudnn/conv3x3.hpp"
#include "tinyres/cuda.hpp"
