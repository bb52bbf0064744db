#include "tinyres/backend/cpu/winograd/transforms.hpp"
#include "tinyres/random/philox.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;

namespace {

template <class Matrix>
double entry(int row, int column) {
    return Matrix::matrix[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)];
}

std::array<float, 36> random_values(std::uint32_t stream) {
    std::array<float, 36> values{};
    tr::RandomStream random({1, tr::Purpose::initialization, stream, 0});
    for (float& value : values) value = random.uniform(-1.0f, 1.0f);
    return values;
}

/// The transform of a square and its reverse against the plain triple products.
template <class Matrix>
void check_products() {
    constexpr int columns = Matrix::columns;
    const std::array<float, 36> x = random_values(columns);
    const auto at = [&](int i, int j, int width) {
        return static_cast<double>(x[static_cast<std::size_t>(i * width + j)]);
    };
    tr::cpu::winograd_transform<Matrix, float>(
        [&](int i, int j) { return static_cast<float>(at(i, j, columns)); },
        [&](int i, int j, float found) {
            double expected = 0;
            for (int k = 0; k < columns; ++k)
                for (int l = 0; l < columns; ++l)
                    expected += entry<Matrix>(i, k) * at(k, l, columns) * entry<Matrix>(j, l);
            CHECK(static_cast<double>(found) == doctest::Approx(expected).epsilon(1e-5));
        });
    tr::cpu::winograd_transform_back<Matrix, float>(
        [&](int i, int j) { return static_cast<float>(at(i, j, 6)); },
        [&](int i, int j, float found) {
            double expected = 0;
            for (int k = 0; k < 6; ++k)
                for (int l = 0; l < 6; ++l) expected += entry<Matrix>(k, i) * at(k, l, 6) * entry<Matrix>(l, j);
            CHECK(static_cast<double>(found) == doctest::Approx(expected).epsilon(1e-5));
        });
}

} // namespace

TEST_CASE("Winograd's matrices compute every product of filter and patch exactly once") {
    // A'[(G g) * (B' d)] is the correlation of d with g: for output i, tap k and pixel j the sum over the components of
    // A[s][i] G[s][k] B'[s][j] is 1 where j = i + k, and else 0.
    for (int i = 0; i < tr::cpu::Winograd::outputs; ++i)
        for (int k = 0; k < tr::cpu::Winograd::taps; ++k)
            for (int j = 0; j < tr::cpu::Winograd::size; ++j) {
                double sum = 0.0;
                for (int s = 0; s < tr::cpu::Winograd::size; ++s)
                    sum += entry<tr::cpu::WinogradOutput>(s, i) * entry<tr::cpu::WinogradFilter>(s, k) *
                           entry<tr::cpu::WinogradInput>(s, j);
                CHECK(sum == doctest::Approx(j == i + k ? 1.0 : 0.0).epsilon(1e-14));
            }
}

TEST_CASE("Winograd's transforms are the products with their matrices") {
    check_products<tr::cpu::WinogradInput>();
    check_products<tr::cpu::WinogradFilter>();
    check_products<tr::cpu::WinogradOutput>();
}
