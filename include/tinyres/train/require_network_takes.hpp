#pragma once

#include "tinyres/core/error.hpp"
#include "tinyres/model/batch.hpp"

#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Whether a loader says what its batches hold; what another kind of loader makes is checked batch by batch.
template <class T>
concept DescribesItsImages = requires(const T& loader) {
    loader.contents().greatest_label;
};

/// Throws Error, before the first batch is made, unless the network takes images of the size that a loader has.
template <class Network, class AnyLoader>
void require_image_size(const AnyLoader& loader) {
    if constexpr (DescribesItsImages<AnyLoader>) {
        const auto& images = loader.contents();
        constexpr auto takes = Network::input;
        const auto size = [](int height, int width, int channels) {
            return std::to_string(height) + " x " + std::to_string(width) + " with " + std::to_string(channels) +
                   (channels == 1 ? " channel" : " channels");
        };
        if (images.height != takes.height || images.width != takes.width || images.channels != takes.channels)
            throw Error("the images are " + size(images.height, images.width, images.channels) +
                        " (height x width), the network takes " + size(takes.height, takes.width, takes.channels) +
                        "; resize them, or change the network's Image<channels, height, width>");
    }
}

/// The same, and the network must have an output for each label.
template <class Network, class AnyLoader>
void require_network_takes(const AnyLoader& loader) {
    require_image_size<Network>(loader);
    if constexpr (DescribesItsImages<AnyLoader>)
        require_label(loader.contents().greatest_label, Network::output.size());
}

} // namespace TINYRES_ARCH
} // namespace tinyres
