#pragma once

#include "tinyres/io/safetensors.hpp"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace tinyres_test {

/// The numbers that PyTorch left in a file of data/.
class Numbers {
public:
    explicit Numbers(const std::string& name)
        : file_{tinyres::Safetensors::read(TINYRES_TESTS_DIR "/pytorch/data/" + name + ".safetensors")} {}

    std::vector<double> operator()(std::string_view name) const {
        const tinyres::TensorView& tensor = file_.tensor(name);
        if (tensor.dtype == tinyres::DType::F32) {
            const std::vector<float> values = tinyres::to_floats(tensor);
            return {values.begin(), values.end()};
        }
        if (tensor.dtype != tinyres::DType::F64) throw tinyres::Error(tensor.name + " is neither F32 nor F64");
        std::vector<double> values(tensor.data.size() / sizeof(double));
        std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
        return values;
    }

    const std::vector<std::int64_t>& shape(std::string_view name) const { return file_.tensor(name).shape; }

    /// All tensors whose names start with `prefix`, in the file's order, which is PyTorch's.
    std::vector<const tinyres::TensorView*> with_prefix(const std::string& prefix) const {
        std::vector<const tinyres::TensorView*> found;
        for (const tinyres::TensorView& tensor : file_.tensors())
            if (tensor.name.starts_with(prefix)) found.push_back(&tensor);
        return found;
    }

    double setting(const std::string& key) const { return std::strtod(file_.metadata().at(key).c_str(), nullptr); }

private:
    tinyres::Safetensors file_;
};

template <class Values>
double norm(const Values& values) {
    double sum = 0.0;
    for (const auto value : values) sum += static_cast<double>(value) * static_cast<double>(value);
    return std::sqrt(sum);
}

/// The L2 norm of a - b. The two must be of one length.
template <class A, class B>
double distance(const A& a, const B& b) {
    if (std::size(a) != std::size(b)) throw tinyres::Error("values of different lengths");
    std::vector<double> difference;
    for (std::size_t i = 0; i < std::size(b); ++i)
        difference.push_back(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    return norm(difference);
}

/// The largest |a - b|.
template <class A, class B>
double largest_difference(const A& a, const B& b) {
    if (std::size(a) != std::size(b)) throw tinyres::Error("values of different lengths");
    double largest = 0.0;
    for (std::size_t i = 0; i < std::size(b); ++i) {
        const double difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
        if (!(difference <= largest)) largest = difference; // a NaN stays
    }
    return largest;
}

} // namespace tinyres_test
