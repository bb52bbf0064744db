#pragma once

#include "tinyres/core/groups.hpp"
#include "tinyres/core/joins.hpp"
#include "tinyres/core/text.hpp"
#include "tinyres/core/type_list.hpp"

#include <array>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// How many values one layer can read: the branches of a Concat.
inline constexpr int most_inputs = 8;

/// Numbers of values; the first `count` count. Value 0 is the network's input, value i + 1 what layer i gives.
struct ValueList {
    std::array<int, static_cast<std::size_t>(most_inputs)> values{};
    int count = 0;

    constexpr void add(int value) { values[static_cast<std::size_t>(count++)] = value; }
    constexpr int operator[](int index) const { return values[static_cast<std::size_t>(index)]; }
    constexpr const int* begin() const { return values.data(); }
    constexpr const int* end() const { return values.data() + count; }
};

namespace detail {

/// Where one layer of a flattened network stands.
struct Wire {
    Text path;        ///< in the nested type
    int position = 0; ///< among layers and groups with branches, in the order in which they are written
    ValueList inputs;
};

/// Writes the wires of a network's layers, one after the other.
class Wiring {
public:
    constexpr explicit Wiring(Wire* wires) : wires_(wires) {}

    /// A layer that reads these values; returns the number of what it gives.
    constexpr int layer(const Text& path, const ValueList& inputs) {
        wires_[count_] = {path, position_++, inputs};
        return ++count_;
    }
    /// A group with branches begins: it counts in positions.
    constexpr void group() { ++position_; }

private:
    Wire* wires_;
    int count_ = 0;
    int position_ = 0;
};

constexpr ValueList values(int first) {
    ValueList list;
    list.add(first);
    return list;
}
constexpr ValueList values(int first, int second) {
    ValueList list = values(first);
    list.add(second);
    return list;
}

template <class Name>
constexpr Text child(Text path, const Name& name) {
    if (path.length > 0) path.append(".");
    path.append(name);
    return path;
}

/// A layer or a group of layers as the flat list of what runs (`Leaves`), in the order in which it runs, and how that
/// is connected: `connect(wiring, input, path)` returns the value that comes out. This is the only place that knows the
/// groups; behind it there are layers and values.
template <class Item>
struct Flat;

template <UnaryLayer Item>
struct Flat<Item> {
    using Leaves = TypeList<Item>;
    static constexpr int connect(Wiring& wiring, int input, const Text& path) {
        return wiring.layer(path, values(input));
    }
};

/// Stands where a layer should, and tells the network why it cannot be.
template <Refusal Why>
struct NoLayer : ElementwiseLayer {
    static constexpr std::string_view name{};
    static constexpr Refusal refuses(Dims) { return Why; }
};

/// A group that cannot be, as such a layer.
template <Refusal Why>
struct Refused {
    using Leaves = TypeList<NoLayer<Why>>;
    static constexpr int connect(Wiring& wiring, int input, const Text& path) {
        return wiring.layer(path, values(input));
    }
};

/// Names what is not a layer. A class of its own, as of one whose assertion fails clang knows no member.
template <class Item>
struct not_a_layer {
    static constexpr bool is_layer = UnaryLayer<Item>;
    static_assert(is_layer, "tinyres: this type is not a layer: it must be an empty struct with name, "
                            "refuses(Dims), output(Dims) and tensors(Dims), or a group such as Sequential of such");
};

template <class Item>
struct Flat : Refused<Refusal::the_error_before_this_one_says_why> {
    static_assert(sizeof(not_a_layer<Item>) > 0);
};

template <class... Items>
struct Children {
    using Leaves = Concatenated<typename Flat<Items>::Leaves...>;
    using Connect = int (*)(Wiring&, int, const Text&);
    static constexpr std::array<Connect, sizeof...(Items)> connect{&Flat<Items>::connect...};

    /// One after the other.
    static constexpr int in_a_row(Wiring& wiring, int value, const Text& path) {
        int index = 0;
        for (const Connect& item : connect) value = item(wiring, value, child(path, index++));
        return value;
    }
    /// Beside each other.
    static constexpr ValueList side_by_side(Wiring& wiring, int value, const Text& path) {
        ValueList outputs;
        int index = 0;
        for (const Connect& item : connect) outputs.add(item(wiring, value, child(path, index++)));
        return outputs;
    }
};

template <>
struct Flat<Identity> {
    using Leaves = TypeList<>;
    static constexpr int connect(Wiring&, int input, const Text&) { return input; }
};

template <>
struct Flat<Sequential<>> : Refused<Refusal::a_Sequential_needs_at_least_one_layer> {};

template <class... Items>
struct Flat<Sequential<Items...>> {
    using Leaves = typename Children<Items...>::Leaves;
    static constexpr int connect(Wiring& wiring, int input, const Text& path) {
        return Children<Items...>::in_a_row(wiring, input, path);
    }
};

template <>
struct Flat<ResBlock<>> : Refused<Refusal::a_ResBlock_needs_at_least_one_layer> {};

template <class... Items>
struct Flat<ResBlock<Items...>> {
    using Leaves = Concatenated<typename Children<Items...>::Leaves, TypeList<Add>>;
    static constexpr int connect(Wiring& wiring, int input, const Text& path) {
        wiring.group();
        const int body = Children<Items...>::in_a_row(wiring, input, path);
        return wiring.layer(path, values(body, input));
    }
};

template <class Body, class Shortcut>
struct Flat<Residual<Body, Shortcut>> {
    using Leaves = Concatenated<typename Flat<Body>::Leaves, typename Flat<Shortcut>::Leaves, TypeList<Add>>;
    static constexpr int connect(Wiring& wiring, int input, const Text& path) {
        wiring.group();
        const int body = Flat<Body>::connect(wiring, input, child(path, std::string_view{"body"}));
        const int shortcut = Flat<Shortcut>::connect(wiring, input, child(path, std::string_view{"shortcut"}));
        return wiring.layer(path, values(body, shortcut));
    }
};

template <class... Branches>
struct Flat<Concat<Branches...>> : Refused<Refusal::a_Concat_needs_2_to_8_branches> {};

template <class... Branches>
requires(sizeof...(Branches) > 1 && sizeof...(Branches) <= most_inputs) struct Flat<Concat<Branches...>> {
    using Leaves = Concatenated<typename Children<Branches...>::Leaves, TypeList<Concatenate>>;
    static constexpr int connect(Wiring& wiring, int input, const Text& path) {
        wiring.group();
        const ValueList outputs = Children<Branches...>::side_by_side(wiring, input, path);
        return wiring.layer(path, outputs);
    }
};

template <>
struct Flat<Scale<>> : Refused<Refusal::a_Scale_needs_at_least_one_layer> {};

template <class... Gate>
struct Flat<Scale<Gate...>> {
    using Leaves = Concatenated<typename Children<Gate...>::Leaves, TypeList<Multiply>>;
    static constexpr int connect(Wiring& wiring, int input, const Text& path) {
        wiring.group();
        const int gate = Children<Gate...>::in_a_row(wiring, input, path);
        return wiring.layer(path, values(input, gate));
    }
};

} // namespace detail

} // namespace TINYRES_ARCH
} // namespace tinyres
