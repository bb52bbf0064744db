// expect: a tensor of images must be Eigen::RowMajor
#include <tinyres/eigen/tensor.hpp>

int main() {
#ifdef TINYRES_MUST_FAIL
    const Eigen::Tensor<float, 4> tensor(2, 3, 4, 1);
#else
    const tinyres::ImageTensor<float> tensor(2, 3, 4, 1);
#endif
    static_cast<void>(tinyres::samples_in_tensor(tensor));
    return 0;
}
