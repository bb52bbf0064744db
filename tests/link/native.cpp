#include "loss.hpp"

double loss_of_native_unit() {
    return third_loss(tinyres::Cpu<>{2});
}
