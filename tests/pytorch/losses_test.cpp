#include "backend/losses.hpp"
#include "numbers.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

TEST_CASE_TEMPLATE("Losses and their gradients are PyTorch's", Backend, tr::Reference<double>, tr::Reference<float>,
                   tr::Cpu<>) {
    constexpr int outputs = 6;
    const Numbers pytorch("losses");
    const auto floats = [&](const char* name) {
        const std::vector<double> values = pytorch(name);
        return std::vector<float>(values.begin(), values.end());
    };
    const std::vector<float> logits = floats("logits"), distributions = floats("distributions"),
                             probabilities = floats("probabilities"), numbers = floats("numbers"),
                             weights = floats("weights");
    std::vector<std::int32_t> labels;
    for (const double label : pytorch("labels")) labels.push_back(static_cast<std::int32_t>(label));
    REQUIRE(logits.size() == labels.size() * outputs);

    const double bound = std::is_same_v<typename Backend::Scalar, double> ? 1e-14 : 1e-6;
    const auto check = [&](const std::string& name, const auto& loss, const std::vector<float>& targets) {
        CAPTURE(name);
        const tr::Batch batch{
            {}, targets.empty() ? std::span<const std::int32_t>(labels) : std::span<const std::int32_t>{}, targets};
        const losses::Found found = losses::loss_of<outputs>(Backend{}, loss, logits, batch);
        CHECK(std::abs(found.sum.loss / found.sum.weight - pytorch(name + "/loss")[0]) < bound);
        CHECK(largest_difference(found.gradient, pytorch(name + "/gradient")) < bound);
    };
    check("cross_entropy/weights", tr::CrossEntropy{.class_weights = weights}, {});
    check("cross_entropy/weights_smoothing", tr::CrossEntropy{.label_smoothing = 0.125f, .class_weights = weights}, {});
    check("cross_entropy/soft", tr::CrossEntropy{}, distributions);
    check("cross_entropy/soft_smoothing", tr::CrossEntropy{.label_smoothing = 0.125f}, distributions);
    check("cross_entropy/soft_weights_smoothing", tr::CrossEntropy{.label_smoothing = 0.125f, .class_weights = weights},
          distributions);
    check("binary/labels", tr::BinaryCrossEntropy{}, {});
    check("binary/soft", tr::BinaryCrossEntropy{}, probabilities);
    check("binary/soft_weights", tr::BinaryCrossEntropy{.positive_weights = weights}, probabilities);
    check("squared/soft", tr::MeanSquaredError{}, numbers);
    check("huber/soft", losses::Huber{.delta = 0.75f}, numbers);
    check("focal/labels", tr::FocalLoss{}, {});
    check("focal/soft", tr::FocalLoss{}, probabilities);
    check("focal/soft_without_alpha", tr::FocalLoss{.gamma = 1.5f, .alpha = -1.0f}, probabilities);
}
