#pragma once

#include "support/test_cluster.h"
#include "unique_ids_file.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

/// What unique_ids_test.cc starts and stops.
namespace mosaic::test {

using Clock = std::chrono::steady_clock;
using Words = std::vector<std::string>;

constexpr int kProcesses = 8;

/// How many ids each process takes of each scheme: MOSAIC_UNIQUE_IDS, or few.
std::size_t ids_each();

/// A program that runs beside the test; killed at the end of the object, or of the test.
class Process {
public:
    /// `words[0]`: its path. `variable`: one more of its environment, `NAME=value`, unless empty.
    explicit Process(Words words, std::string variable = "");

    ~Process() { kill9(); }

    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    void kill9();
    /// Its exit code; -1: killed.
    int wait();
    bool has_ended();

private:
    void collect(int flags);

    pid_t pid_ = 0;
    int exit_code_ = -1;
};

/// Eight processes that take ids of some tables, each into files of its own.
class Workers {
public:
    /// `pace`: the shortest time in which a process takes all its ids.
    Workers(TestCluster& cluster, Words tables, std::chrono::milliseconds pace);

    void start(int i, const std::string& variable = "");
    void start_all();

    [[nodiscard]] IdFile file(int i, const std::string& table) const;
    /// Until process `i` has taken this part of its tickets, or has ended; \return whether it has
    /// taken them and has more to take.
    [[nodiscard]] bool wait_until(int i, double part) const;
    /// kill -9, and another that goes on from there.
    void kill_and_start(int i);
    /// Until all have ended; \return whether all have ended well.
    bool wait();

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

private:
    std::filesystem::path config_;
    std::filesystem::path folder_;
    Words tables_;
    std::chrono::milliseconds pace_;
    std::vector<std::unique_ptr<Process>> processes_;
};

/// All ids of a table in a folder, in order.
std::vector<IdFile::Record> sorted_ids(
    const std::filesystem::path& folder, const std::string& table
);

/// A server that takes another's place: as that one, but for its folder and server id.
class Replica {
public:
    Replica(TestServers& servers, int original, std::uint32_t server_id);
    ~Replica();
    Replica(const Replica&) = delete;
    Replica& operator=(const Replica&) = delete;

    void start();
    /// Lets it follow a server, from the server's first change on.
    void follow(std::uint16_t port);
    /// Stops it and starts it where the original was.
    void start_at(std::uint16_t port);
    std::string ask(const std::string& sql);

    [[nodiscard]] std::filesystem::path data() const { return spec_.folder / "data"; }

private:
    launcher::LocalServerSpec spec_;
    std::optional<launcher::LocalServer> server_;
};

}  // namespace mosaic::test
