#include "duplicates.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

namespace example::inspection {

namespace {

/// Which pictures belong together: a forest whose roots are the first of each group.
class Groups {
public:
    explicit Groups(std::size_t count) : parents_(count) {
        std::iota(parents_.begin(), parents_.end(), std::size_t{0});
    }

    std::size_t root(std::size_t member) {
        while (parents_[member] != member) member = parents_[member] = parents_[parents_[member]];
        return member;
    }
    void join(std::size_t a, std::size_t b) {
        a = root(a);
        b = root(b);
        parents_[std::max(a, b)] = std::min(a, b);
    }

private:
    std::vector<std::size_t> parents_;
};

auto content_of(const PictureFacts& facts) {
    return std::tuple{facts.content, facts.file_size};
}

/// Joins pictures whose files have the same content; returns the first of each content.
std::vector<std::size_t> join_same(const Survey& survey, Groups& groups) {
    std::map<std::tuple<std::uint64_t, std::uint64_t>, std::size_t> first;
    std::vector<std::size_t> distinct;
    for (std::size_t i = 0; i < survey.pictures.size(); ++i) {
        const auto [place, is_new] = first.emplace(content_of(survey.pictures[i].facts), i);
        if (is_new)
            distinct.push_back(i);
        else
            groups.join(place->second, i);
    }
    return distinct;
}

/// Joins pictures that look alike. Hashes that differ in 3 bits at most have one of four parts in common, so only
/// pictures with a common part are compared.
void join_alike(const Survey& survey, std::vector<std::size_t> pictures, Groups& groups) {
    const auto look = [&](std::size_t picture) -> const Look& { return survey.pictures[picture].facts.look; };
    std::erase_if(pictures, [&](std::size_t picture) { return !look(picture).tells(); });
    for (int part = 0; part < 4; ++part) {
        const auto bits = [&](std::size_t picture) { return look(picture).gradients >> (16 * part) & 0xFFFFu; };
        std::ranges::stable_sort(pictures, {}, bits);
        for (auto begin = pictures.begin(); begin != pictures.end();) {
            const auto end =
                std::find_if(begin, pictures.end(), [&](std::size_t p) { return bits(p) != bits(*begin); });
            for (auto a = begin; a != end; ++a)
                for (auto b = a + 1; b != end; ++b)
                    if (alike(look(*a), look(*b))) groups.join(*a, *b);
            begin = end;
        }
    }
}

} // namespace

std::vector<Duplicates> find_duplicates(const Survey& survey) {
    Groups groups{survey.pictures.size()};
    join_alike(survey, join_same(survey, groups), groups);
    std::map<std::size_t, std::vector<std::size_t>> by_root;
    for (std::size_t i = 0; i < survey.pictures.size(); ++i) by_root[groups.root(i)].push_back(i);
    std::vector<Duplicates> result;
    for (auto& entry : by_root) {
        std::vector<std::size_t>& members = entry.second; // clang 14 captures no structured binding
        if (members.size() < 2) continue;
        const SurveyedPicture& first = survey.pictures[members.front()];
        const auto all_are = [&](auto same) {
            return std::ranges::all_of(members, [&](std::size_t i) { return same(survey.pictures[i]); });
        };
        const bool one_content =
            all_are([&](const SurveyedPicture& p) { return content_of(p.facts) == content_of(first.facts); });
        const bool one_split = all_are([&](const SurveyedPicture& p) { return p.split == first.split; });
        const bool one_class = all_are([&](const SurveyedPicture& p) { return p.label == first.label; });
        result.push_back({std::move(members), one_content, !one_split, !one_class});
    }
    std::ranges::stable_sort(result, std::ranges::greater{}, [](const Duplicates& group) {
        return std::pair{group.across_splits, group.across_classes};
    });
    return result;
}

} // namespace example::inspection
