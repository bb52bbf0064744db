#pragma once

#include "backend/passes.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/layers/convolution.hpp"

#include <doctest/doctest.h>

/// Checks of a backend's convolutions of every kind against the reference.
namespace general_convolution {

namespace tr = tinyres;

/// The largest errors that a backend may make.
struct Bounds {
    double output = 3e-6;
    double input_gradient = 3e-6;
    double parameter_gradients = 3e-6;
};

/// One convolution on images In: forward, all gradients, the same bits again, and no gradient of the input where nobody
/// wants it. With operands that bfloat16 holds exactly, so that only the backend's own roundings show.
template <class In, class Layer, class Backend>
void check(const Backend& backend, const Bounds& bounds) {
    for (const int batch : {1, 3}) {
        CAPTURE(In::dims.channels);
        CAPTURE(In::dims.height);
        CAPTURE(In::dims.width);
        CAPTURE(batch);
        passes::Operands operands = passes::rounded_to_bfloat16(passes::random_operands<In, Layer>(batch));
        for (float& parameter : operands.parameters) parameter = tr::bfloat16(parameter);
        const passes::Results expected = passes::run<In, Layer>(tr::Reference<double>{}, operands);
        const passes::Results found = passes::run<In, Layer>(backend, operands);
        const passes::Errors errors = passes::errors_of<In, Layer>(found, expected);
        CHECK(errors.output < bounds.output);
        CHECK(errors.input_gradient < bounds.input_gradient);
        CHECK(errors.parameter_gradients < bounds.parameter_gradients);
        CHECK(passes::same(found, passes::run<In, Layer>(backend, operands)));
        operands.wants_input_gradient = false;
        const passes::Results without = passes::run<In, Layer>(backend, operands);
        CHECK(passes::same(without.parameter_gradients, found.parameter_gradients));
    }
}

/// Convolutions that are odd in one way or another.
template <class Backend>
void check_all(const Backend& backend, const Bounds& bounds) {
    using tr::Bias;
    using tr::by;
    using tr::Conv;
    using tr::Shape;
    check<Shape<17, 5, 3>, tr::Conv1x1<5>>(backend, bounds);
    check<Shape<3, 7, 9>, Conv<17, 1, 2>>(backend, bounds);                        // reads every other pixel
    check<Shape<1, 1, 1>, Conv<3, 3, 1, 1>>(backend, bounds);                      // the middle tap alone meets a pixel
    check<Shape<5, 9, 6>, Conv<17, 3, 2, 1, 1, Bias::no>>(backend, bounds);        // even and odd sizes of one stride
    check<Shape<3, 11, 13>, Conv<5, 7, 2, 3>>(backend, bounds);                    // a stem
    check<Shape<5, 4, 9>, Conv<3, by(1, 7), 1, by(0, 3)>>(backend, bounds);        // a row
    check<Shape<3, 9, 4>, Conv<5, by(4, 2), by(3, 1), by(2, 0)>>(backend, bounds); // nothing alike along the two axes
    check<Shape<3, 7, 5>, tr::Conv5x5<17, Bias::no>>(backend, bounds);
    check<Shape<3, 6, 6>, Conv<5, 2, 4>>(backend, bounds);    // pixels that no filter sees
    check<Shape<5, 2, 3>, Conv<3, 3, 1, 4>>(backend, bounds); // filters that see zeros alone
    check<Shape<3, 9, 8>, Conv<5, 3, 2, 2, 1, Bias::yes, 2>>(backend, bounds);
    check<Shape<17, 7, 7>, tr::DepthwiseConv3x3<17, 2>>(backend, bounds);
    check<Shape<5, 6, 5>, Conv<15, 3, 1, 1, 5>>(backend, bounds); // three filters for each channel
    check<Shape<6, 5, 7>, Conv<34, 3, 1, 0, 2, Bias::no>>(backend, bounds);
    check<Shape<24, 5, 4>, Conv<16, 3, 2, 3, 8, Bias::yes, by(3, 1)>>(backend, bounds);
}

} // namespace general_convolution
