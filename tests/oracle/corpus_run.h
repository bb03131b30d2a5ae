#pragma once

#include "cluster.h"
#include "compare.h"
#include "corpus_copy.h"
#include "corpus_folder.h"
#include "corpus_layout.h"
#include "one_server.h"
#include "run.h"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mosaic::oracle {

/// How a folder is run.
struct FolderOptions {
    int shards = 1;
    std::filesystem::path scratch;  ///< For files of the run.
    std::vector<Refusable> refusables;
    Verbosity verbosity = Verbosity::kDifferences;
};

struct FolderTally {
    int judged = 0;  ///< SELECTs that the one server answers.
    int different = 0;
    int open = 0;  ///< Differ only in what rule 16 of query.md leaves open.
    int refused = 0;
    int may_be_refused = 0;                      ///< Refused, as corpus.refused allows.
    int unanswered = 0;                          ///< SELECTs that the one server refuses too.
    int settings_refused = 0;                    ///< SET: the client was opened anew with them.
    std::map<std::string, int> refusals;         ///< By error id.
    std::map<std::string, int> errors;           ///< Of the one server, by errno.
    std::map<std::string, int> answered_anyway;  ///< Those that Mosaic answered, by errno.

    FolderTally& operator+=(const FolderTally& other);
};

/// Runs the events of a folder: SELECTs on both sides, and compares; all else on the one server
/// alone, from where the tables are copied to their shards. Prints what differs, each text once.
class FolderRun {
public:
    FolderRun(OneServer& one, Cluster& cluster, const Folder& folder, FolderOptions options)
        : one_(one),
          cluster_(cluster),
          folder_(folder),
          options_(std::move(options)),
          copier_(one, cluster) {}

    void run();

    [[nodiscard]] const FolderTally& tally() const { return tally_; }

private:
    void lay_out();
    void create_views();
    void begin_test();
    void run(const Event& event);
    void hear_setting(const Case& of);
    void take_session(const Case& of);
    void change(const Case& of);
    void hand_over_insert_id(const Case& of);
    void compare(const Case& of);
    void judge(const Case& asked, const Answer& expected, const Answer& actual);
    [[nodiscard]] Questions questions_about(const Case& of);
    [[nodiscard]] std::optional<std::string> open_difference(
        const Case& of, const Answer& expected, const Answer& actual
    );
    [[nodiscard]] std::optional<bool> has_same_sequence(const Case& of, const Answer& actual);
    void note_refusal(const Case& of, const Answer& expected, const Answer& actual);
    void note_error(const Case& of, const Answer& expected, const Answer& actual);
    void report(
        const Case& of, std::string_view what, const Answer& expected, const Answer& actual
    );

    OneServer& one_;
    Cluster& cluster_;
    const Folder& folder_;
    FolderOptions options_;
    SpreadTables tables_;
    std::vector<std::string> views_;
    RowCopier copier_;
    std::string session_yaml_;  ///< What the client was opened with beyond the file.
    std::set<std::pair<std::string, std::string>> reported_;
    FolderTally tally_;
};

}  // namespace mosaic::oracle
