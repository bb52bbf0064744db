#pragma once

/// tinyres and Eigen: a model's tensors as Eigen::Map; training, predictions and features from Eigen's matrices and
/// tensors; whitening. Needs Eigen 3.4 or newer with its unsupported modules: link CMake's tinyres::eigen.
#include "tinyres/eigen/features.hpp"
#include "tinyres/eigen/maps.hpp"
#include "tinyres/eigen/predict.hpp"
#include "tinyres/eigen/samples.hpp"
#include "tinyres/eigen/tensor.hpp"
#include "tinyres/eigen/train.hpp"
#include "tinyres/eigen/whitening.hpp"
