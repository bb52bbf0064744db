#pragma once

#include "tinyres/plan/loss.hpp"
#include "tinyres/random/philox.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace host {

/// The training steps of one model on the processor: there is nothing to gain by recording them.
struct Steps {
    template <class Backend, Loss L, class Step>
    static void run(const Backend& backend, int, const L&, const LossPlaces&, const RandomKey&, Step&& step) {
        step(backend);
    }
    static void forget() {}
};

} // namespace host
} // namespace TINYRES_ARCH
} // namespace tinyres
