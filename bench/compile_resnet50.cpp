// A program that trains ResNet-50 on photographs, as short as it gets; compile_time.sh measures what compiling it
// takes.
#include <cstdio>
#include <tinyres/networks/resnet.hpp>
#include <tinyres/tinyres.hpp>

namespace tr = tinyres;

int main() {
    using Net = tr::ResNet50<>;
    tr::Model<Net, tr::Cpu<>> model{tr::KaimingUniform{}, 1};
    tr::AdamW optimizer{model};
    const std::vector<float> images(std::size_t{4} * Net::input.size());
    const std::vector<std::int32_t> labels{1, 2, 3, 4};
    for (int step = 0; step < 3; ++step) {
        std::printf("loss %.3f\n", tr::train_step(model, {images, labels}).loss());
        optimizer.step(model, 1e-3);
    }
}
