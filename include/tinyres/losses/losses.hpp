#pragma once

/// All losses.
#include "tinyres/losses/binary_cross_entropy.hpp"
#include "tinyres/losses/cross_entropy.hpp"
#include "tinyres/losses/first_outputs.hpp"
#include "tinyres/losses/focal_loss.hpp"
#include "tinyres/losses/mean_squared_error.hpp"
