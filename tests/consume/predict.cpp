// Predicts with a small network by the reference backend; if it has tinyres::io, with the network's weights from a
// file, and if it has tinyres::eigen, from an Eigen matrix. The header's name is a macro so that the single header can
// take its place, and so is main's, so that one program can hold this file twice.
#ifndef CONSUMER_HEADER
#define CONSUMER_HEADER <tinyres/tinyres.hpp>
#endif
#ifndef CONSUMER_MAIN
#define CONSUMER_MAIN main
#endif
#include CONSUMER_HEADER
#ifdef CONSUMER_HAS_IO
#include <tinyres/io/weights.hpp>
#endif
#ifdef CONSUMER_HAS_EIGEN
#include <tinyres/eigen.hpp>
#endif

#include <cstdio>
#include <cstring>

#define CONSUMER_TEXT_OF(text) #text
#define CONSUMER_TEXT(macro) CONSUMER_TEXT_OF(macro)
#define CONSUMER_HEADER_VERSION                                                                                        \
    CONSUMER_TEXT(TINYRES_VERSION_MAJOR)                                                                               \
    "." CONSUMER_TEXT(TINYRES_VERSION_MINOR) "." CONSUMER_TEXT(TINYRES_VERSION_PATCH)

namespace tr = tinyres;

using Small = tr::Network<tr::Image<3, 8, 8>, tr::MaxPool<4>, tr::Flatten, tr::Linear<5>, tr::Softmax>;
static_assert(tr::parameter_count<Small> == 3 * 2 * 2 * 5 + 5);
static_assert(TINYRES_VERSION >= 100);

int CONSUMER_MAIN() {
#ifdef CONSUMER_FOUND_VERSION
    if (std::strcmp(CONSUMER_HEADER_VERSION, CONSUMER_TEXT(CONSUMER_FOUND_VERSION)) != 0) return 1;
#endif
    tr::Model<Small, tr::Reference<>> model{tr::KaimingUniform{}, 1};
    const std::vector<float> images(2 * 3 * 8 * 8, 0.5f);
    const std::vector<float> probabilities = tr::predict(model, images);
#ifdef CONSUMER_HAS_IO
    tr::save_weights("consumer.safetensors", model);
    tr::Model<Small, tr::Reference<>> loaded{tr::KaimingUniform{}, 2};
    tr::load_weights("consumer.safetensors", loaded);
    if (tr::predict(loaded, images) != probabilities) return 1;
#endif
#ifdef CONSUMER_HAS_EIGEN
    const tr::RowMatrix<float> rows = tr::RowMatrix<float>::Constant(2, 3 * 8 * 8, 0.5f);
    if (tr::predict(model, tr::samples_in_rows(rows)) != tr::as_rows(probabilities, 5)) return 1;
#endif
    float sum = 0.0f;
    for (const float probability : probabilities) sum += probability;
    std::printf("tinyres %s: the probabilities of two images sum to %.4f\n", CONSUMER_HEADER_VERSION,
                static_cast<double>(sum));
    return probabilities.size() == 10 && std::abs(sum - 2.0f) < 1e-5f ? 0 : 1;
}
