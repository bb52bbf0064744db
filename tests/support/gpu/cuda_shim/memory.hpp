#pragma once

#include "cuda_shim/settings.hpp"
