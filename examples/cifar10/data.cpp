#include "data.hpp"

#include <tinyres/data/cifar10.hpp>
#include <tinyres/data/synthetic.hpp>

template class tinyres::Loader<tinyres::Dataset, decltype(tinyres::cifar10_augmentation())>;
template class tinyres::Loader<tinyres::Dataset, tinyres::Normalize>;

namespace example {

tr::Dataset load_data(const std::string& source, tr::Split split, int limit) {
    if (source == synthetic_source)
        return tr::make_synthetic(split, limit > 0 ? limit : split == tr::Split::train ? 50'000 : 10'000);
    try {
        return tr::load_cifar10(source, split);
    } catch (const tr::Error& error) {
        throw tr::Error("--data: " + std::string(error.what()));
    }
}

std::string data_name(const std::string& source) {
    return source == synthetic_source ? "synthetic (drawn shapes, no photographs)" : "CIFAR-10 in " + source;
}

TrainLoader make_train_loader(const tr::Dataset& dataset, const Recipe& recipe) {
    return {dataset,
            tr::cifar10_augmentation(),
            {.batch_size = recipe.batch_size, .shuffle = true, .seed = recipe.seed, .limit = recipe.limit_train}};
}

TestLoader make_test_loader(const tr::Dataset& dataset, int batch_size, int limit) {
    return {dataset, tr::cifar10_normalization(), {.batch_size = batch_size, .limit = limit}};
}

std::string subject_of(const std::string& source) {
    return source == synthetic_source ? "S10 on synthetic images" : "S10 on CIFAR-10";
}

} // namespace example
