#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <tinyres/data/dataset.hpp>
#include <tinyres/data/picture.hpp>
#include <tinyres/io/checksum.hpp>
#include <vector>

namespace example {

namespace tr = tinyres;

/// Labeled pictures of any sizes, wherever they come from.
class PictureSet {
public:
    virtual ~PictureSet() = default;

    virtual int size() const = 0;
    /// The class of picture `index`.
    virtual std::int32_t label(int index) const = 0;
    /// Picture `index`; several threads may ask at once. Throws Error, naming it, when it cannot be read.
    virtual tr::Picture picture(int index) const = 0;
    /// What picture `index` is called: its file, or its number in a file of many.
    virtual std::string name(int index) const = 0;
    /// Adds what tells the pictures from others, and from these after a change.
    virtual void add_to(tr::Fnv1a64& fingerprint) const = 0;
};

using Pictures = std::shared_ptr<const PictureSet>;

/// A data set as `--data` names it: pictures to learn from, to validate on after each epoch, and perhaps to test on.
struct PictureData {
    std::string name;                     ///< "folder of classes flowers"
    std::vector<std::string> class_names; ///< UTF-8, no two alike
    Pictures train;
    Pictures validation;
    Pictures test{};                     ///< null when the data set has no such part
    std::vector<std::string> warnings{}; ///< a line each

    /// The same for the same pictures only.
    std::string fingerprint() const;
};

/// What there is to say about how a data set is read.
struct DataOptions {
    double validation_fraction = 0.2; ///< of the training pictures, where the data set has no validation set
    std::uint64_t seed = 1;           ///< of which ones those are
    bool skip_unreadable = false;     ///< leave out files that cannot be read; else they are an error
    int threads = 1;                  ///< that look at files
};

/// Reads what `path` names: a folder of classes, a manifest (.csv, .jsonl), a packed file, or a directory with the
/// files of CIFAR-10, CIFAR-100 or MNIST, or an .npz archive with `images` and `labels`. Throws Error, naming --data,
/// when it is none of them or cannot be read.
PictureData open_data(const std::string& path, const DataOptions& options);

/// Images of one size in memory. Throws Error unless they have 1 or 3 channels.
Pictures pictures_of(tr::Dataset images);

/// The training, validation and test pictures, one after the other.
Pictures all_of(const PictureData& data);

/// Part `indices` of `pictures`.
Pictures part_of(Pictures pictures, std::vector<int> indices);

/// Moves a part of the training pictures to the validation set, as load_image_folder does it: of each class the
/// fraction, but at least one and not all.
void split_validation(PictureData& data, const DataOptions& options);

} // namespace example
