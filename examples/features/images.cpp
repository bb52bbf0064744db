#include "images.hpp"

#include <tinyres/data/cifar10.hpp>
#include <tinyres/data/prepare.hpp>
#include <tinyres/data/synthetic.hpp>
#include <tinyres/data/transforms.hpp>
#include <tinyres/eigen/maps.hpp>

namespace example {

tr::Dataset load_images(const Options& options, tr::Split split, int count) {
    if (options.data == "synthetic")
        return tr::make_synthetic(split, count > 0 ? count : split == tr::Split::train ? 50'000 : 10'000);
    try {
        tr::Dataset images = tr::load_cifar10(options.data, split);
        if (count > 0 && count < images.size()) {
            images.labels.resize(static_cast<std::size_t>(count));
            images.images.resize(static_cast<std::size_t>(count) * images.image_size());
        }
        return images;
    } catch (const tr::Error& error) {
        throw tr::Error("--data: " + std::string(error.what()));
    }
}

tr::RowMatrix<float> pixels_of(const tr::Dataset& images) {
    const std::vector<float> pixels = tr::prepare_images(images.images, tr::cifar10_normalization());
    return tr::as_rows(pixels, static_cast<int>(images.image_size()));
}

Eigen::VectorXi largest(const tr::RowMatrix<float>& outputs) {
    Eigen::VectorXi classes(outputs.rows());
    for (Eigen::Index row = 0; row < outputs.rows(); ++row) outputs.row(row).maxCoeff(&classes(row));
    return classes;
}

} // namespace example
