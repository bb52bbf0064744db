// Trains the network and writes it as a header: embed_train weights.hpp. Prints what the trained model says of some
// images.
#include "network.hpp"

#include <cstdio>
#include <tinyres/io/embed.hpp>

int main(int count, char** arguments) {
    using namespace example;
    if (count != 2) {
        std::fprintf(stderr, "embed_train: give the name of the header to write\n");
        return 1;
    }
    try {
        const tr::Dataset images = tr::make_synthetic(tr::Split::train, 5000);
        tr::Loader loader{images, tr::cifar10_normalization(), {.batch_size = 50, .shuffle = true}};
        tr::Model<Net, tr::Cpu<>> model{tr::KaimingUniform{}, 42, tr::Cpu<>{1}}; // so small that one thread will do
        tr::Adam optimizer{model};
        const tr::OneCycle schedule{
            {.max_lr = 0.02, .epochs = 5, .peak_epoch = 1, .steps_per_epoch = loader.batches_per_epoch()}};
        tr::fit(model, optimizer, schedule, loader, [](int, const tr::Metrics&) {});
        tr::write_embedded(arguments[1], tr::state_dict(model), "shapes");

        tr::Model<Classifier, tr::Cpu<>> classifier{tr::KaimingUniform{}, 0, tr::Cpu<>{1}};
        tr::load_state_dict(classifier, tr::state_dict(model));
        print_answers(classifier);
    } catch (const tr::Error& error) {
        std::fprintf(stderr, "embed_train: %s\n", error.what());
        return 1;
    }
}
