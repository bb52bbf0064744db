#pragma once

/// The reference backend with all its kernels.
#include "tinyres/backend/reference/activation.hpp"
#include "tinyres/backend/reference/avg_pool.hpp"
#include "tinyres/backend/reference/batch_norm.hpp"
#include "tinyres/backend/reference/convolution.hpp"
#include "tinyres/backend/reference/dropout.hpp"
#include "tinyres/backend/reference/elementwise.hpp"
#include "tinyres/backend/reference/from_host.hpp"
#include "tinyres/backend/reference/group_norm.hpp"
#include "tinyres/backend/reference/joins.hpp"
#include "tinyres/backend/reference/linear.hpp"
#include "tinyres/backend/reference/max_pool.hpp"
#include "tinyres/backend/reference/muon.hpp"
#include "tinyres/backend/reference/prelu.hpp"
#include "tinyres/backend/reference/updates.hpp"
#include "tinyres/backend/reference/upsample.hpp"
