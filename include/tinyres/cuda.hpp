#pragma once

/// The door to NVIDIA GPUs, for .cu files (nvcc 12 or newer with --expt-relaxed-constexpr; CMake's tinyres::cuda sets
/// it): the backends Cuda<float> and Cuda<bfloat16> and all that trains on them. It needs neither xsimd nor OpenMP.
#include "tinyres/backend/cuda/kernels.hpp"
#include "tinyres/data/cifar10.hpp"
#include "tinyres/data/cuda/device_loader.hpp"
#include "tinyres/data/loader.hpp"
#include "tinyres/data/synthetic.hpp"
#include "tinyres/data/transforms.hpp"
#include "tinyres/layers/layers.hpp"
#include "tinyres/losses/losses.hpp"
#include "tinyres/model/predict.hpp"
#include "tinyres/model/state_dict.hpp"
#include "tinyres/model/train_step.hpp"
#include "tinyres/networks/s10.hpp"
#include "tinyres/optim/adam.hpp"
#include "tinyres/optim/lr_finder.hpp"
#include "tinyres/optim/one_cycle.hpp"
#include "tinyres/optim/sgd.hpp"
#include "tinyres/train/evaluate.hpp"
#include "tinyres/train/fit.hpp"
#include "tinyres/train/training_state.hpp"
#include "tinyres/version.hpp"
