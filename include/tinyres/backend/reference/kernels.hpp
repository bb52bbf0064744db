#pragma once

/// The reference backend with all its kernels.
#include "tinyres/backend/host/cross_entropy.hpp"
#include "tinyres/backend/host/flatten.hpp"
#include "tinyres/backend/host/softmax.hpp"
#include "tinyres/backend/reference/batch_norm.hpp"
#include "tinyres/backend/reference/conv3x3.hpp"
#include "tinyres/backend/reference/elementwise.hpp"
#include "tinyres/backend/reference/group_norm.hpp"
#include "tinyres/backend/reference/joins.hpp"
#include "tinyres/backend/reference/linear.hpp"
#include "tinyres/backend/reference/max_pool.hpp"
#include "tinyres/backend/reference/updates.hpp"
