#include "data.hpp"

#include <tinyres/data/cifar10.hpp>
#include <tinyres/data/synthetic.hpp>

namespace example {

namespace {

tr::Dataset load(const Options& options, tr::Split split, int limit, int all) {
    if (options.data == "synthetic") return tr::make_synthetic(split, limit > 0 ? limit : all);
    try {
        return tr::load_cifar10(options.data, split);
    } catch (const tr::Error& error) {
        throw tr::Error("--data: " + std::string(error.what()));
    }
}

} // namespace

Data load_data(const Options& options) {
    return {load(options, tr::Split::train, options.limit_train, 50'000),
            load(options, tr::Split::test, options.limit_test, 10'000)};
}

} // namespace example
