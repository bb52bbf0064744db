#include "error_of.hpp"
#include "tinyres/random/philox.hpp"
#include "tinyres/train/confusion_matrix.hpp"
#include "tinyres/train/precision_recall.hpp"
#include "tinyres/train/roc_auc.hpp"
#include "tinyres/train/top_k_accuracy.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <numeric>

namespace tr = tinyres;
using tinyres_test::error_of;
using tinyres_test::holds;

namespace {

/// Outputs of which many are equal, and labels of all but the last class.
struct Drawn {
    static constexpr int classes = 5;
    std::vector<float> outputs;
    std::vector<std::int32_t> labels;

    explicit Drawn(int images) {
        tr::RandomStream random({7, tr::Purpose::augmentation, 0, 0});
        for (int i = 0; i < images; ++i) {
            labels.push_back(random.below(classes - 1));
            for (int k = 0; k < classes; ++k) outputs.push_back(static_cast<float>(random.below(6)) / 4);
        }
    }
    float output(std::size_t image, int k) const { return outputs[image * classes + static_cast<std::size_t>(k)]; }
};

/// Outputs that predict these classes.
std::vector<float> predicting(const std::vector<int>& predictions, int classes) {
    std::vector<float> outputs(predictions.size() * static_cast<std::size_t>(classes));
    for (std::size_t i = 0; i < predictions.size(); ++i)
        outputs[i * static_cast<std::size_t>(classes) + static_cast<std::size_t>(predictions[i])] = 1.0f;
    return outputs;
}

} // namespace

// The expected numbers of the first three cases are those of the examples in scikit-learn's reference.

TEST_CASE("A confusion matrix counts what was taken for what") {
    const std::vector<std::int32_t> labels{2, 0, 2, 2, 0, 1};
    tr::ConfusionMatrix confusion({predicting({0, 0, 2, 2, 0, 2}, 3), labels});
    const std::int64_t expected[3][3] = {{2, 0, 0}, {0, 0, 1}, {1, 0, 2}};
    for (int label = 0; label < 3; ++label)
        for (int k = 0; k < 3; ++k) CHECK(confusion(label, k) == expected[label][k]);
    CHECK(confusion.labeled(2) == 3);
    CHECK(confusion.predicted(0) == 3);
    confusion.add({predicting({1}, 3), std::vector<std::int32_t>{2}});
    CHECK(confusion(2, 1) == 1);
    CHECK(holds(error_of([&] {
                    confusion.add({predicting({1}, 4), std::vector<std::int32_t>{2}});
                }),
                "a confusion matrix of 3 classes was given outputs of 4"));
    CHECK(holds(error_of([] { tr::ConfusionMatrix{0}; }), "give 1 or more"));
}

TEST_CASE("Precision, recall and F1 of each class, and their plain means") {
    const std::vector<std::int32_t> labels{0, 1, 2, 0, 1, 2}; // cat, dog, pig, cat, dog, pig
    const tr::ConfusionMatrix confusion({predicting({0, 2, 1, 0, 0, 1}, 3), labels});
    const tr::PrecisionRecall cat = tr::precision_recall(confusion, 0);
    CHECK(cat.precision == doctest::Approx(2.0 / 3));
    CHECK(cat.recall == 1.0);
    CHECK(cat.f1 == doctest::Approx(0.8));
    const tr::PrecisionRecall dog = tr::precision_recall(confusion, 1);
    CHECK(dog.precision == 0.0);
    CHECK(dog.f1 == 0.0);
    const tr::PrecisionRecall macro = tr::macro_precision_recall(confusion);
    CHECK(macro.precision == doctest::Approx(2.0 / 9));
    CHECK(macro.recall == doctest::Approx(1.0 / 3));
    CHECK(macro.f1 == doctest::Approx(4.0 / 15));
}

TEST_CASE(
    "The accuracy among the top k counts labels among the k greatest outputs, the first of equals before others") {
    const std::vector<float> outputs{0.5f,      0.2f, 0.2f, /**/ 0.3f, 0.4f, 0.2f,
                                     /**/ 0.2f, 0.4f, 0.3f, /**/ 0.7f, 0.2f, 0.1f};
    const std::vector<std::int32_t> labels{0, 1, 2, 2};
    CHECK(tr::top_k_accuracy({outputs, labels}, 2) == 0.75);

    const Drawn drawn(200);
    const tr::LabeledOutputs images(drawn.outputs, drawn.labels);
    int before = 0;
    for (int k = 1; k <= Drawn::classes; ++k) {
        int right = 0;
        for (std::size_t i = 0; i < 200; ++i) {
            std::vector<int> order(Drawn::classes);
            std::iota(order.begin(), order.end(), 0);
            std::ranges::stable_sort(order, std::greater{}, [&](int c) { return drawn.output(i, c); });
            right += std::find(order.begin(), order.begin() + k, drawn.labels[i]) != order.begin() + k ? 1 : 0;
        }
        CHECK(tr::top_k_accuracy(images, k) == right / 200.0);
        CHECK(right > before);
        before = right;
    }
    const tr::ConfusionMatrix confusion(images);
    std::int64_t diagonal = 0;
    for (int k = 0; k < Drawn::classes; ++k) diagonal += confusion(k, k);
    CHECK(tr::top_k_accuracy(images, 1) == static_cast<double>(diagonal) / 200.0);
    CHECK(holds(error_of([&] { tr::top_k_accuracy(images, 6); }), "the top 6 of 5 classes"));
    CHECK(holds(error_of([&] { tr::top_k_accuracy(images, 0); }), "give 1 to as many"));
    const float nan = std::nanf("");
    CHECK(tr::top_k_accuracy({std::vector<float>{nan, nan}, std::vector<std::int32_t>{0}}, 1) == 0.0);
}

TEST_CASE("The area under the ROC curve is the share of pairs in which the positive is higher, ties counting half") {
    const std::vector<float> scores{0.1f, 0.4f, 0.35f, 0.8f}; // scikit-learn's example
    CHECK(tr::roc_auc(std::span(scores), [](std::size_t i) { return i >= 2; }) == 0.75);
    CHECK(std::isnan(tr::roc_auc(std::span(scores), [](std::size_t) { return true; })));
    const std::vector<float> with_nan{0.1f, std::nanf(""), 0.3f};
    CHECK(std::isnan(tr::roc_auc(std::span(with_nan), [](std::size_t i) { return i == 0; })));

    const Drawn drawn(200);
    const tr::LabeledOutputs images(drawn.outputs, drawn.labels);
    for (int k = 0; k < Drawn::classes - 1; ++k) {
        double won = 0.0, pairs = 0.0;
        for (std::size_t a = 0; a < 200; ++a)
            for (std::size_t b = 0; b < 200; ++b) {
                if (drawn.labels[a] != k || drawn.labels[b] == k) continue;
                const float positive = drawn.output(a, k), negative = drawn.output(b, k);
                won += positive > negative ? 1.0 : positive == negative ? 0.5 : 0.0;
                pairs += 1.0;
            }
        CHECK(tr::roc_auc(images, k) == won / pairs);
    }
    CHECK(std::isnan(tr::roc_auc(images, Drawn::classes - 1))); // no image is of it
    CHECK(std::isnan(tr::macro_roc_auc(images)));
    const std::vector<float> outputs{0.8f, 0.2f, /**/ 0.3f, 0.7f, /**/ 0.4f, 0.6f, /**/ 0.1f, 0.9f};
    const std::vector<std::int32_t> labels{0, 1, 0, 1};
    CHECK(tr::macro_roc_auc({outputs, labels}) == doctest::Approx(1.0));
}

TEST_CASE("Outputs and labels that do not belong together are refused") {
    const std::vector<float> outputs(6);
    const std::vector<std::int32_t> labels{0, 1, 1, 0}, wrong{0, 3};
    CHECK(holds(error_of([&] { tr::LabeledOutputs(outputs, labels); }), "there are 6 outputs and 4 labels"));
    CHECK(holds(error_of([&] { tr::LabeledOutputs(outputs, wrong); }), "label 3 is out of range"));
    CHECK(holds(error_of([&] { tr::LabeledOutputs(outputs, {}); }), "there are 6 outputs and 0 labels"));
}
