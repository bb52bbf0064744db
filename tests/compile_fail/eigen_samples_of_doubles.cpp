// expect: samples must be floats; convert them: samples_in_rows(X.cast<float>())
#include <tinyres/eigen/samples.hpp>

int main() {
    const Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(2, 3);
#ifdef TINYRES_MUST_FAIL
    const auto samples = tinyres::samples_in_rows(matrix);
#else
    const auto samples = tinyres::samples_in_rows(matrix.cast<float>());
#endif
    static_cast<void>(samples);
    return 0;
}
