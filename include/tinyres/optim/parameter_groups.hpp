#pragma once

#include "tinyres/core/error.hpp"
#include "tinyres/core/name_pattern.hpp"
#include "tinyres/core/network.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What is other for a group of parameters: factors of an optimizer's learning rate and weight decay. A rate of 0
/// leaves them to another optimizer: this one computes nothing for them.
struct GroupFactors {
    double rate = 1.0;
    double decay = 1.0;

    bool operator==(const GroupFactors&) const = default;
};

/// Which of the parameters with fitting names a rule is about.
enum class ParameterKind {
    any,
    norms_and_biases ///< what is not a matrix (one dimension or none): biases, and weights of normalizations and PReLU
};

/// The parameters of a group, by their names in state dicts (`*` stands for any characters), and what is other for
/// them. A string must outlive the rule that names it.
///
///     Adam optimizer{model, AdamOptions{.weight_decay = 0.01},
///                    {no_decay_on_norms_and_biases, {"fc.*", {.rate = 10}}}};
///
/// Where several rules fit a tensor, their factors multiply. PyTorch's parameter groups with `lr` and `weight_decay`
/// of their own; with a rate of 0, parameters that are not given to the optimizer.
struct ParameterRule {
    std::string_view names = "*";
    GroupFactors factors{};
    ParameterKind kind = ParameterKind::any;
    bool others = false; ///< whether it is about all parameters but those

    bool names_it(const NetworkTensor& tensor) const {
        return (kind == ParameterKind::any || tensor.spec.rank <= 1) && fits_pattern(tensor.name.view(), names);
    }
    bool fits(const NetworkTensor& tensor) const { return names_it(tensor) != others; }
};
using ParameterRules = std::vector<ParameterRule>;

/// The rules by which an optimizer takes the parameters with fitting names and leaves the others to another one, as in
/// PyTorch one optimizer is made for some parameters. Each may have a schedule of its own:
///
///     Muon filters{model, {}, only("*conv*")};
///     Sgd head{model, {}, only("fc.*")};
///     filters.step(model, 0.02);
///     head.step(model, 0.1);
inline ParameterRules only(std::string_view names) {
    return {{.names = names, .factors = {.rate = 0.0}, .others = true}};
}

/// The rule that nearly all recipes have: weight decay of matrices and filters only.
inline constexpr ParameterRule no_decay_on_norms_and_biases{
    .names = "*", .factors = {.rate = 1.0, .decay = 0.0}, .kind = ParameterKind::norms_and_biases};

/// One parameter tensor as an optimizer sees it.
struct OptimizedTensor {
    const NetworkTensor* tensor = nullptr;
    GroupFactors factors{};
    bool alone = false;     ///< whether it gets an update of its own, because its shape matters
    std::int64_t steps = 0; ///< that it took: fewer than the optimizer if it was frozen

    bool left_out() const { return factors.rate == 0.0; }
    std::size_t first() const { return static_cast<std::size_t>(tensor->offset); }
    std::size_t count() const { return static_cast<std::size_t>(tensor->spec.size()); }
};

/// The parameters of a network (`network_tensors<Network>`, which must stay) with the factors that the rules give them.
/// Throws Error for a factor below 0 and for a rule that fits no parameter.
inline std::vector<OptimizedTensor> optimized_tensors(std::span<const NetworkTensor> network,
                                                      const ParameterRules& rules) {
    std::vector<OptimizedTensor> tensors;
    for (const NetworkTensor& tensor : network)
        if (tensor.spec.role == Role::parameter) tensors.push_back({.tensor = &tensor});
    for (const ParameterRule& rule : rules) {
        const std::string names{rule.names};
        const auto is_factor = [](double factor) { return factor >= 0 && std::isfinite(factor); };
        if (!is_factor(rule.factors.rate) || !is_factor(rule.factors.decay))
            throw Error("parameter rule '" + names + "': its factors must not be negative");
        bool found = false;
        for (OptimizedTensor& optimized : tensors) {
            found |= rule.names_it(*optimized.tensor);
            if (rule.fits(*optimized.tensor)) {
                optimized.factors.rate *= rule.factors.rate;
                optimized.factors.decay *= rule.factors.decay;
            }
        }
        if (!found)
            throw Error("parameter rule '" + names + "' fits no parameter of the network; give names as in its " +
                        "state_dict, such as '" +
                        (tensors.empty() ? std::string("*") : std::string(tensors.front().tensor->name.view())) + "'");
    }
    return tensors;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
