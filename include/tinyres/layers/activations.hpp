#pragma once

/// All activation functions.
#include "tinyres/layers/activation.hpp"
#include "tinyres/layers/elu.hpp"
#include "tinyres/layers/gelu.hpp"
#include "tinyres/layers/leaky_relu.hpp"
#include "tinyres/layers/prelu.hpp"
#include "tinyres/layers/relu.hpp"
#include "tinyres/layers/relu6.hpp"
#include "tinyres/layers/scale_by.hpp"
#include "tinyres/layers/sigmoid.hpp"
