#include "corpus_main.h"

#include "cluster.h"
#include "corpus_folder.h"
#include "corpus_run.h"
#include "one_server.h"
#include "support/test_servers.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <iostream>
#include <stdexcept>

namespace mosaic::oracle {
namespace {

constexpr int kShardServersMax = 3;

void print(const FolderTally& tally, std::string_view over) {
    std::cout << absl::StrFormat(
        "%s: %d judged, %d different, %d open, %d refused, %d refused as they may be; %d errors on "
        "both "
        "sides\n",
        over,
        tally.judged,
        tally.different,
        tally.open,
        tally.refused,
        tally.may_be_refused,
        tally.unanswered
    );
    for (const auto& [id, times] : tally.refusals)
        std::cout << absl::StrFormat("  refused %s: %d\n", id, times);
    for (const auto& [number, times] : tally.errors)
        std::cout << absl::StrFormat("  error %s of the one server: %d\n", number, times);
    for (const auto& [number, times] : tally.answered_anyway)
        std::cout << absl::StrFormat(
            "  answered by Mosaic, though error %s of the one server: %d\n", number, times
        );
    if (tally.settings_refused > 0)
        std::cout << absl::StrFormat("  settings refused: %d\n", tally.settings_refused);
    std::cout.flush();
}

}  // namespace

int run_corpus(const CorpusArguments& arguments) {
    const std::vector<Folder> folders = read_folders(arguments.corpus, arguments.only);
    const std::vector<Refusable> refusables = read_refusables(MOSAIC_ORACLE_REFUSED);
    const auto driver = driver::make_driver(arguments.driver);
    if (driver == nullptr)
        throw std::runtime_error("no driver " + arguments.driver);
    const int shard_servers = std::min(std::ranges::max(arguments.shards), kShardServersMax);
    test::TestServers servers(1 + shard_servers);
    FolderTally total;
    for (const Folder& folder : folders) {
        // The statements that name a schema name it so.
        const std::string database = "ks_" + folder.name;
        OneServer one(driver, servers.options(0), database);
        Cluster cluster(servers, shard_servers, arguments.driver, database);
        for (const int shards : arguments.shards) {
            FolderRun run(
                one,
                cluster,
                folder,
                {.shards = shards,
                 .scratch = servers.folder(),
                 .refusables = refusables,
                 .verbosity = arguments.verbosity}
            );
            run.run();
            print(run.tally(), absl::StrFormat("%s over %d shards", folder.name, shards));
            total += run.tally();
        }
    }
    print(total, "corpus");
    return total.different == 0 && total.refused == 0 && total.judged > 0 ? 0 : 1;
}

}  // namespace mosaic::oracle
