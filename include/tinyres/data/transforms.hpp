#pragma once

/// Everything that changes images on their way into a batch.
#include "tinyres/data/transforms/cifar10_recipe.hpp"
#include "tinyres/data/transforms/compose.hpp"
#include "tinyres/data/transforms/cut_out.hpp"
#include "tinyres/data/transforms/flip_lr.hpp"
#include "tinyres/data/transforms/image_view.hpp"
#include "tinyres/data/transforms/normalize.hpp"
#include "tinyres/data/transforms/random_crop.hpp"
#include "tinyres/data/transforms/transform.hpp"
