#pragma once

// Needs Eigen 3.4 or newer.

#include "tinyres/eigen/find_tensor.hpp"
#include "tinyres/eigen/matrices.hpp"
#include "tinyres/model/batch.hpp"
#include "tinyres/model/model.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A row-major matrix over memory that it does not own; `Scalar` is const where the values may only be read.
template <class Scalar>
using MatrixMap = Eigen::Map<
    std::conditional_t<std::is_const_v<Scalar>, const RowMatrix<std::remove_const_t<Scalar>>, RowMatrix<Scalar>>>;

/// A column-major matrix over memory that it does not own.
template <class Scalar>
using ColumnsMap = Eigen::Map<
    std::conditional_t<std::is_const_v<Scalar>, const ColumnMatrix<std::remove_const_t<Scalar>>, ColumnMatrix<Scalar>>>;

/// A column vector over memory that it does not own.
template <class Scalar>
using VectorMap =
    Eigen::Map<std::conditional_t<std::is_const_v<Scalar>, const Eigen::VectorX<std::remove_const_t<Scalar>>,
                                  Eigen::VectorX<Scalar>>>;

namespace detail {

template <class T>
inline constexpr bool is_model = false;
template <class Network, class Backend>
inline constexpr bool is_model<Model<Network, Backend>> = true;

} // namespace detail

/// A Model, or a const one, whose values may only be read.
template <class T>
concept AnyModel = detail::is_model<std::remove_const_t<T>>;

namespace detail {

template <class Model>
constexpr void require_host() {
    static_assert(Model::Backend::on_host,
                  "tinyres: this model's values are not in the processor's memory, so Eigen cannot "
                  "map them; use a model on Cpu, or state_dict(model) for a copy");
}

/// Rows and columns of a tensor as a matrix.
struct MatrixSize {
    Eigen::Index rows;
    Eigen::Index columns;
};
constexpr MatrixSize matrix_size(const TensorSpec& spec) {
    const bool outputs_last = spec.layout == Layout::io_of_oi || spec.layout == Layout::hwio_of_oihw;
    if (outputs_last) return {spec.size() / spec.shape[0], spec.shape[0]};
    return {spec.shape[0], spec.size() / spec.shape[0]};
}

template <class Network, class Scalar>
MatrixMap<Scalar> map_matrix(std::span<Scalar> buffer, std::string_view name) {
    const NetworkTensor& tensor = find_tensor(network_tensors<Network>, Role::parameter, name);
    const MatrixSize size = matrix_size(tensor.spec);
    return {buffer.data() + tensor.offset, size.rows, size.columns};
}

template <class Network, class Scalar>
VectorMap<Scalar> map_vector(std::span<Scalar> buffer, Role role, std::string_view name) {
    const NetworkTensor& tensor = find_tensor(network_tensors<Network>, role, name);
    if (tensor.spec.rank != 1)
        throw Error("tensor '" + std::string(name) + "' has " + std::to_string(tensor.spec.rank) +
                    " dimensions and is not a vector; map it as a matrix");
    return {buffer.data() + tensor.offset, tensor.spec.size()};
}

template <class Scalar>
VectorMap<Scalar> map_all(std::span<Scalar> values) {
    return {values.data(), static_cast<Eigen::Index>(values.size())};
}

} // namespace detail

/// A parameter by its name in state dicts ("fc.weight") as a matrix over the model's own memory: what is written to it
/// the model computes with. For samples in rows, products read as in mathematics:
///
/// - a Linear's weight is (inputs, outputs), PyTorch's transposed: y = x W;
/// - a convolution's weight is (kernel height * kernel width * inputs of a group, outputs), its rows in the order in
///   which a patch of an image lies in memory: with one group, a matrix of patches times it is the convolution;
/// - a vector is one column; of any other tensor the first dimension is the rows, the others are the columns.
///
/// The values of a const model may only be read. Throws Error, naming the parameters that there are, when the network
/// has no such parameter. Loading weights gives a model other memory; map it anew then. Backends whose memory is
/// elsewhere do not compile.
template <AnyModel Model>
auto parameter_matrix(Model& model, std::string_view name) {
    detail::require_host<Model>();
    return detail::map_matrix<typename Model::Network>(model.parameters(), name);
}

/// A parameter that is a vector ("fc.bias"), mapped like a matrix by `parameter_matrix`. Also throws Error for a
/// matrix.
template <AnyModel Model>
auto parameter_vector(Model& model, std::string_view name) {
    detail::require_host<Model>();
    return detail::map_vector<typename Model::Network>(model.parameters(), Role::parameter, name);
}

/// All parameters as one vector, in the order of `network_tensors`.
template <AnyModel Model>
auto parameter_vector(Model& model) {
    detail::require_host<Model>();
    return detail::map_all(model.parameters());
}

/// The gradient of a parameter by the last `train_step`, of the mean loss, laid out as `parameter_matrix` has it.
template <AnyModel Model>
auto gradient_matrix(Model& model, std::string_view name) {
    detail::require_host<Model>();
    return detail::map_matrix<typename Model::Network>(model.gradients(), name);
}

/// The gradient of a parameter that is a vector.
template <AnyModel Model>
auto gradient_vector(Model& model, std::string_view name) {
    detail::require_host<Model>();
    return detail::map_vector<typename Model::Network>(model.gradients(), Role::parameter, name);
}

/// All gradients as one vector, in the order of the parameters.
template <AnyModel Model>
auto gradient_vector(Model& model) {
    detail::require_host<Model>();
    return detail::map_all(model.gradients());
}

/// A running statistic by its name ("1.running_mean"), as `parameter_vector` maps parameters.
template <AnyModel Model>
auto statistic_vector(Model& model, std::string_view name) {
    detail::require_host<Model>();
    return detail::map_vector<typename Model::Network>(model.statistics(), Role::running_statistic, name);
}

namespace detail {

inline Eigen::Index count_samples(std::size_t values, int size) {
    if (size < 1 || values % static_cast<std::size_t>(size) != 0)
        throw Error("as_rows, as_columns: " + std::to_string(values) + " values are not whole samples of " +
                    std::to_string(size) + "; check the number of values per sample");
    return static_cast<Eigen::Index>(values) / size;
}

} // namespace detail

/// Samples of `size` values each, one after the other (images, logits, features), as a matrix (samples, size) without a
/// copy. Throws Error when they are not whole.
inline MatrixMap<const float> as_rows(std::span<const float> values, int size) {
    return {values.data(), detail::count_samples(values.size(), size), size};
}

/// Samples of `size` values each as a matrix (size, samples) without a copy. Throws Error when they are not whole.
inline ColumnsMap<const float> as_columns(std::span<const float> values, int size) {
    return {values.data(), size, detail::count_samples(values.size(), size)};
}

/// The images of a network's batch as a matrix (images, height * width * channels) without a copy; a row is an image in
/// the order height, width, channels. Throws Error unless they are whole images.
template <class Network>
MatrixMap<const float> as_rows(const Batch& batch) {
    return as_rows(batch.images, Network::input.size());
}

/// The images of a network's batch as a matrix (height * width * channels, images) without a copy; a column is an
/// image. Throws Error unless they are whole images.
template <class Network>
ColumnsMap<const float> as_columns(const Batch& batch) {
    return as_columns(batch.images, Network::input.size());
}

/// The labels of a batch as a vector without a copy.
inline VectorMap<const std::int32_t> as_vector(std::span<const std::int32_t> labels) {
    return detail::map_all(labels);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
