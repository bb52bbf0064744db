#include "images.hpp"

#include <tinyres/backend/cpu/kernels.hpp>
#include <tinyres/eigen/features.hpp>
#include <tinyres/io/weights.hpp>
#include <tinyres/networks/s10.hpp>

namespace example {

Seen see_with_s10(const Options& options, const tr::RowMatrix<float>& pixels) {
    tr::Model<tr::S10, tr::Cpu<>> model{tr::KaimingUniform{}, 0, tr::Cpu<>{options.threads}};
    tr::load_weights(options.weights, model);
    Seen seen{.network = "S10 with " + options.weights.filename().string()};
    seen.features = tr::features(model, tr::samples_in_rows(pixels));
    if (!seen.features.allFinite())
        throw tr::Error("--weights: features by '" + options.weights.string() +
                        "' are not finite; give the weights of a training that went well");
    seen.predicted = largest(tr::predict(model, tr::samples_in_rows(pixels)));
    return seen;
}

} // namespace example
