#include "numbers.hpp"
#include "tinyres/backend/cpu/muon.hpp"
#include "tinyres/backend/reference/muon.hpp"
#include "tinyres/random/philox.hpp"

#include <cmath>
#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

/// The matrix, zero before, and its momentum after two steps.
template <class Backend>
std::vector<double> stepped(const Backend& backend, tr::MuonUpdate update, const std::vector<double>& gradients) {
    using Scalar = typename Backend::Scalar;
    using Kernel = tr::Kernel<Backend, tr::MuonUpdate>;
    const std::size_t count = gradients.size();
    auto parameters = backend.template allocate<Scalar>(count), gradient = backend.template allocate<Scalar>(count),
         moment = backend.template allocate<Scalar>(count),
         scratch = backend.template allocate<Scalar>(Kernel::scratch(update.rows, update.columns));
    for (const double factor : {1.0, -0.5}) {
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t other = factor > 0 ? i : count - 1 - i;
            gradient.data()[i] = static_cast<Scalar>(factor * gradients[other]);
        }
        Kernel::apply(
            backend, update,
            {.count = count, .parameters = parameters.data(), .gradients = gradient.data(), .moment1 = moment.data()},
            scratch.data());
    }
    std::vector<double> all(parameters.data(), parameters.data() + count);
    all.insert(all.end(), moment.data(), moment.data() + count);
    return all;
}

std::vector<double> random_matrix(int rows, int columns) {
    tr::RandomStream random({1, tr::Purpose::augmentation, 3, 0});
    std::vector<double> values(static_cast<std::size_t>(rows * columns));
    for (double& value : values) value = static_cast<double>(random.uniform(-1.0f, 1.0f));
    return values;
}

} // namespace

TEST_CASE("Muon's matrices are orthogonalized as by the original's algorithm") {
    for (const auto& [rows, columns] : {std::pair{5, 12}, std::pair{12, 5}, std::pair{7, 7}}) {
        const Numbers pytorch("optimization");
        const std::string name = "orthogonal/" + std::to_string(rows) + "x" + std::to_string(columns);
        const std::vector<double> input = pytorch(name + "/input"), expected = pytorch(name + "/output");
        const tr::Reference<double> backend;
        // PyTorch's matrix is (out, in), in memory (in, out).
        const tr::MuonUpdate update{.rate = 1, .momentum = 0, .nesterov = false, .rows = columns, .columns = rows};
        using Kernel = tr::Kernel<tr::Reference<double>, tr::MuonUpdate>;
        std::vector<double> gradient(input.size()), parameters(input.size()), moment(input.size()),
            scratch(Kernel::scratch(columns, rows)), found(input.size());
        const auto turned = [&](std::size_t i) { // of element i of PyTorch's
            const auto in = static_cast<std::size_t>(columns), out = static_cast<std::size_t>(rows);
            return i % in * out + i / in;
        };
        for (std::size_t i = 0; i < input.size(); ++i) gradient[turned(i)] = input[i];
        Kernel::apply(backend, update,
                      {.count = input.size(),
                       .parameters = parameters.data(),
                       .gradients = gradient.data(),
                       .moment1 = moment.data()},
                      scratch.data());
        for (std::size_t i = 0; i < input.size(); ++i) found[i] = -parameters[turned(i)] / update.scale();
        CHECK(largest_difference(found, expected) < 1e-12);
        CHECK(update.scale() == doctest::Approx(std::sqrt((std::max)(1.0, 1.0 * rows / columns))));
    }
}

TEST_CASE("Muon's step on the processor is that in double, for any number of threads bit for bit") {
    for (const auto& [rows, columns] : {std::pair{1, 1}, std::pair{1, 9}, std::pair{600, 37}, std::pair{37, 600},
                                        std::pair{130, 130}, std::pair{64, 16}}) {
        CAPTURE(rows);
        CAPTURE(columns);
        const tr::MuonUpdate update{.rate = 1.0, .momentum = 0.75, .shrink = 0.5, .rows = rows, .columns = columns};
        const std::vector<double> gradients = random_matrix(rows, columns);
        const std::vector<double> expected = stepped(tr::Reference<double>{}, update, gradients);
        const std::vector<double> found = stepped(tr::Cpu<>{1}, update, gradients);
        CHECK(distance(found, expected) < 1e-4 * norm(expected));
        CHECK(stepped(tr::Cpu<>{2}, update, gradients) == found);
        CHECK(stepped(tr::Cpu<>{7}, update, gradients) == found);
    }
}

TEST_CASE("Muon's step on the processor is that in double for few directions and for many iterations") {
    constexpr int rows = 90, columns = 40;
    for (const int directions : {1, 3, 39})
        for (const int iterations : {1, 3, 5, 12}) {
            CAPTURE(directions);
            CAPTURE(iterations);
            const std::vector<double> left = random_matrix(rows, directions),
                                      right = random_matrix(columns, directions);
            std::vector<double> gradients(std::size_t{rows * columns});
            for (int row = 0; row < rows; ++row)
                for (int column = 0; column < columns; ++column)
                    for (int k = 0; k < directions; ++k)
                        gradients[static_cast<std::size_t>(row * columns + column)] +=
                            left[static_cast<std::size_t>(row * directions + k)] *
                            right[static_cast<std::size_t>(column * directions + k)] / (1 << (k / 4));
            const tr::MuonUpdate update{.momentum = 0.5, .iterations = iterations, .rows = rows, .columns = columns};
            const std::vector<double> expected = stepped(tr::Reference<double>{}, update, gradients);
            CHECK(distance(stepped(tr::Cpu<>{2}, update, gradients), expected) < 1e-3 * norm(expected));
        }
}

TEST_CASE_TEMPLATE(
    "Muon first brings matrices to the norm of as many rows of length 1 as there are outputs, if it is to", Backend,
    tr::Reference<double>, tr::Cpu<>) {
    // The second of two steps starts from a matrix that is not zero, which the first one leaves at its own length.
    const std::vector<double> gradients = random_matrix(30, 20);
    tr::MuonUpdate update{.rate = 0.5, .shrink = 0.9, .rows = 30, .columns = 20};
    const auto weights = [&] {
        std::vector<double> all = stepped(Backend{}, update, gradients);
        all.resize(gradients.size());
        return all;
    };
    const std::vector<double> plain = weights();
    update.rescaled = true;
    const std::vector<double> rescaled = weights();
    // plain = 0.9 a + b, rescaled = 0.9 a sqrt(20) / |a| + b, with a what one step from zero gives.
    update.rate = 0.0;
    CHECK(norm(weights()) == 0.0); // zeros stay
    using Scalar = typename Backend::Scalar;
    using Kernel = tr::Kernel<Backend, tr::MuonUpdate>;
    const std::size_t count = gradients.size();
    std::vector<Scalar> parameters(count), gradient(gradients.begin(), gradients.end()), moment(count),
        scratch(Kernel::scratch(30, 20));
    update.rate = 0.5;
    Kernel::apply(
        Backend{}, update,
        {.count = count, .parameters = parameters.data(), .gradients = gradient.data(), .moment1 = moment.data()},
        scratch.data());
    const std::vector<double> a(parameters.begin(), parameters.end());
    std::vector<double> expected = plain;
    for (std::size_t i = 0; i < count; ++i) expected[i] += 0.9 * a[i] * (std::sqrt(20.0) / norm(a) - 1.0);
    CHECK(norm(a) > 0.1);
    CHECK(distance(rescaled, expected) < 1e-5 * norm(expected));
}
