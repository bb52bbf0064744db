#pragma once

#include "tinyres/core/name_pattern.hpp"
#include "tinyres/model/model.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

namespace detail {

template <class Network, class Backend>
void set_frozen(Model<Network, Backend>& model, std::string_view names, bool frozen) {
    std::vector<bool> flags;
    bool found = false;
    for (const NetworkTensor& tensor : network_tensors<Network>) {
        if (tensor.spec.role != Role::parameter) continue;
        const bool fits = fits_pattern(tensor.name.view(), names);
        flags.push_back(fits ? frozen : model.is_frozen(flags.size()));
        found |= fits;
    }
    if (!found)
        throw Error("no parameter of the network has a name like '" + std::string(names) +
                    "'; give names as in its state_dict, `*` for any characters");
    model.freeze(std::move(flags));
}

} // namespace detail

/// Freezes the parameters whose names in state dicts fit `names` (`*` stands for any characters): optimizers leave
/// them and their moments as they are, and what measures gradients (GradientClip) leaves them out. PyTorch's
/// `requires_grad_(False)`. Others stay as they are. Throws Error when no name fits.
///
///     freeze(model, "*");       // all of the network
///     unfreeze(model, "fc.*");  // but its head
///
/// Of the frozen front of a network no gradient is computed: backward ends with the first step that holds a parameter
/// to train. Where frozen parameters lie behind that, their gradients may be computed and are not used.
///
/// As in PyTorch, frozen layers go on in training mode: a BatchNorm normalizes by the batch and records its statistics,
/// and Dropout drops. For a front that is to be what it is in prediction, train a head by itself on `features(model,
/// images)`, which are computed once.
template <class Network, class Backend>
void freeze(Model<Network, Backend>& model, std::string_view names) {
    detail::set_frozen(model, names, true);
}

/// Lets the parameters with fitting names train again, all by default. An optimizer goes on with their moments and
/// counts the steps that they took, not those that they missed.
template <class Network, class Backend>
void unfreeze(Model<Network, Backend>& model, std::string_view names = "*") {
    detail::set_frozen(model, names, false);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
