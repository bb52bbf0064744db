#pragma once

/// All networks that ship with the library.
#include "tinyres/networks/cifar_resnet.hpp"
#include "tinyres/networks/densenet.hpp"
#include "tinyres/networks/mobilenet_v2.hpp"
#include "tinyres/networks/resnet.hpp"
#include "tinyres/networks/resnet9.hpp"
#include "tinyres/networks/s10.hpp"
#include "tinyres/networks/vgg.hpp"
