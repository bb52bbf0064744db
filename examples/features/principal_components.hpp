#pragma once

#include <Eigen/Eigenvalues>

namespace example {

/// Samples seen along the directions in which they vary most.
struct PrincipalComponents {
    Eigen::MatrixXd scores;    ///< (samples, components): places along the directions, relative to the mean
    Eigen::VectorXd explained; ///< (components): the share of the variance that lies along each, the largest first
};

/// The first `count` principal components of samples in rows; `count` is at most the number of columns, and there must
/// be two samples that differ.
inline PrincipalComponents principal_components(const Eigen::MatrixXd& samples, Eigen::Index count) {
    const Eigen::MatrixXd centered = samples.rowwise() - samples.colwise().mean();
    const Eigen::MatrixXd covariance = centered.transpose() * centered / static_cast<double>(samples.rows());
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance); // the smallest variance first
    return {centered * solver.eigenvectors().rowwise().reverse().leftCols(count),
            solver.eigenvalues().reverse().head(count) / covariance.trace()};
}

} // namespace example
