#pragma once

/// The CUDA backend: all its kernels, and what it brings to training.
#include "tinyres/backend/cuda/batch_norm.hpp"
#include "tinyres/backend/cuda/conv3x3_max_pool.hpp"
#include "tinyres/backend/cuda/convolution_layer.hpp"
#include "tinyres/backend/cuda/cross_entropy.hpp"
#include "tinyres/backend/cuda/dropout2d.hpp"
#include "tinyres/backend/cuda/flatten.hpp"
#include "tinyres/backend/cuda/group_norm.hpp"
#include "tinyres/backend/cuda/joins.hpp"
#include "tinyres/backend/cuda/linear.hpp"
#include "tinyres/backend/cuda/loss_memory.hpp"
#include "tinyres/backend/cuda/max_pool.hpp"
#include "tinyres/backend/cuda/normalized_convolution.hpp"
#include "tinyres/backend/cuda/relu.hpp"
#include "tinyres/backend/cuda/softmax.hpp"
#include "tinyres/backend/cuda/step_graphs.hpp"
#include "tinyres/backend/cuda/updates.hpp"
