#include "loss.hpp"

double loss_of_plain_unit() {
    return third_loss(tinyres::Cpu<>{2});
}
