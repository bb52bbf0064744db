#pragma once

// Needs Eigen 3.4 or newer.

#include "tinyres/core/config.hpp"

#if !__has_include(<Eigen/Core>)
#error                                                                                                                 \
    "tinyres: the headers of tinyres/eigen need Eigen; install it (Debian: libeigen3-dev) or link CMake's tinyres::eigen"
#endif
#include <Eigen/Core>
#if !EIGEN_VERSION_AT_LEAST(3, 4, 0)
#error "tinyres: the headers of tinyres/eigen need Eigen 3.4 or newer; install a newer one (Debian: libeigen3-dev)"
#endif

#include <concepts>
#include <type_traits>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A matrix whose rows lie one after the other in memory: the layout of the library's tensors, and of samples in rows.
template <class Scalar>
using RowMatrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// A matrix whose columns lie one after the other, as Eigen's matrices do by default: samples in columns.
template <class Scalar>
using ColumnMatrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor>;

/// A matrix, vector, array or expression of Eigen's, or a class derived from one.
template <class X>
concept EigenDense = requires(const X& x) {
    []<class Derived>(const Eigen::DenseBase<Derived>&) {}(x);
};

namespace detail {

/// Whether the coefficients of an expression lie in memory at regular steps.
template <EigenDense X>
inline constexpr bool lies_in_memory = requires(const X& x) {
    { x.data() } -> std::convertible_to<const typename X::Scalar*>;
    x.rowStride();
    x.colStride();
};

/// Whether an object of this type holds coefficients itself, rather than lead to those of another.
template <class X>
concept HoldsCoefficients = requires(const X& x) {
    []<class Derived>(const Eigen::PlainObjectBase<Derived>&) {}(x);
}
|| requires(const X& x) {
    []<class Matrix, int options, class Stride>(const Eigen::Ref<const Matrix, options, Stride>&) {}(x);
};

/// Whether what `X&&` binds to is a temporary that takes its coefficients along when it goes.
template <class X>
inline constexpr bool owns_and_goes = !std::is_lvalue_reference_v<X> && HoldsCoefficients<std::remove_cvref_t<X>>;

} // namespace detail

} // namespace TINYRES_ARCH
} // namespace tinyres
