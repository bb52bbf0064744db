#pragma once

/// The processor backend with all its kernels.
#include "tinyres/backend/cpu/avg_pool.hpp"
#include "tinyres/backend/cpu/batch_norm.hpp"
#include "tinyres/backend/cpu/convolution.hpp"
#include "tinyres/backend/cpu/convolution_max_pool.hpp"
#include "tinyres/backend/cpu/convolution_of_normalized.hpp"
#include "tinyres/backend/cpu/dropout.hpp"
#include "tinyres/backend/cpu/elementwise.hpp"
#include "tinyres/backend/cpu/from_host.hpp"
#include "tinyres/backend/cpu/general_max_pool.hpp"
#include "tinyres/backend/cpu/global_avg_pool.hpp"
#include "tinyres/backend/cpu/group_norm.hpp"
#include "tinyres/backend/cpu/joins.hpp"
#include "tinyres/backend/cpu/linear.hpp"
#include "tinyres/backend/cpu/max_pool.hpp"
#include "tinyres/backend/cpu/updates.hpp"
#include "tinyres/backend/cpu/upsample.hpp"
