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
