#include "loss.hpp"

#include <cstdio>

double loss_of_plain_unit();
double loss_of_native_unit();

int main() {
    const double expected = third_loss(tinyres::Reference<>{});
    const double here = third_loss(tinyres::Cpu<>{2});
    const double plain = loss_of_plain_unit();
    const double native = loss_of_native_unit();
    std::printf("reference %.7f, here %.7f, plain unit %.7f, native unit %.7f\n", expected, here, plain, native);
    const bool close = std::abs(native - expected) < 1e-4 && std::abs(here - expected) < 1e-4;
    return close && here == plain ? 0 : 1;
}
