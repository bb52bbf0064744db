#pragma once

#include "tinyres/core/network.hpp"
#include "tinyres/layers/activations.hpp"
#include "tinyres/layers/batch_norm.hpp"
#include "tinyres/layers/convolution.hpp"
#include "tinyres/layers/dropout2d.hpp"
#include "tinyres/layers/flatten.hpp"
#include "tinyres/layers/group_norm.hpp"
#include "tinyres/layers/linear.hpp"
#include "tinyres/layers/max_pool.hpp"
#include "tinyres/layers/softmax.hpp"
