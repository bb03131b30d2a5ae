#include "unique_ids_fixture.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace mosaic::test {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr auto kTooLong = 4min;

}  // namespace

std::size_t ids_each() {
    const char* text = std::getenv("MOSAIC_UNIQUE_IDS");
    return text == nullptr ? 20'000 : std::stoull(text);
}

Process::Process(Words words, std::string variable) {
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    std::vector<char*> environment;
    for (char** one = environ; *one != nullptr; ++one) environment.push_back(*one);
    if (!variable.empty())
        environment.push_back(variable.data());
    environment.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::execve(argv[0], argv.data(), environment.data());
        ::_exit(127);
    }
}

void Process::kill9() {
    if (pid_ > 0)
        ::kill(pid_, SIGKILL);
    wait();
}

int Process::wait() {
    collect(0);
    return exit_code_;
}

bool Process::has_ended() {
    collect(WNOHANG);
    return pid_ == 0;
}

void Process::collect(int flags) {
    int status = 0;
    if (pid_ == 0 || ::waitpid(pid_, &status, flags) == 0)
        return;
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    pid_ = 0;
}

Workers::Workers(TestCluster& cluster, Words tables, std::chrono::milliseconds pace)
    : config_(cluster.config()),
      folder_(cluster.servers().folder() / "ids"),
      tables_(std::move(tables)),
      pace_(pace),
      processes_(kProcesses) {
    fs::create_directories(folder_);
}

void Workers::start(int i, const std::string& variable) {
    Words words{
        MOSAIC_UNIQUE_IDS_WORKER,
        "draw",
        config_.string(),
        folder_.string(),
        std::to_string(i),
        std::to_string(ids_each()),
        std::to_string(pace_.count())};
    words.insert(words.end(), tables_.begin(), tables_.end());
    processes_[static_cast<std::size_t>(i)] = std::make_unique<Process>(words, variable);
}

void Workers::start_all() {
    for (int i = 0; i < kProcesses; ++i) start(i);
}

IdFile Workers::file(int i, const std::string& table) const {
    return {folder_ / (std::to_string(i) + "." + table), ids_each()};
}

bool Workers::wait_until(int i, double part) const {
    const IdFile ids = file(i, "photos");
    const auto wanted = static_cast<std::size_t>(part * static_cast<double>(ids_each()));
    const TimePoint give_up = Clock::now() + kTooLong;
    Process& process = *processes_[static_cast<std::size_t>(i)];
    while (ids.size() < wanted && !process.has_ended() && Clock::now() < give_up)
        std::this_thread::sleep_for(2ms);
    return ids.size() >= wanted && ids.size() < ids_each();
}

void Workers::kill_and_start(int i) {
    processes_[static_cast<std::size_t>(i)]->kill9();
    start(i);
}

bool Workers::wait() {
    bool are_well = true;
    for (auto& process : processes_) are_well = process->wait() == 0 && are_well;
    return are_well;
}

std::vector<IdFile::Record> sorted_ids(const fs::path& folder, const std::string& table) {
    std::vector<IdFile::Record> ids;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() != "." + table)
            continue;
        const IdFile file(entry.path(), ids_each());
        ids.insert(ids.end(), file.records().begin(), file.records().end());
    }
    std::sort(ids.begin(), ids.end());
    return ids;
}

Replica::Replica(TestServers& servers, int original, std::uint32_t server_id)
    : spec_(servers.server(original).spec()) {
    spec_.folder = servers.folder() / "replica";  // where the watcher of the servers looks
    spec_.server_id = server_id;
    spec_.port = 0;
    server_.emplace(must(launcher::LocalServer::make(spec_)));
}

Replica::~Replica() {
    server_->kill9().IgnoreError();
}

void Replica::start() {
    must(server_->start());
}

void Replica::follow(std::uint16_t port) {
    const std::string number = std::to_string(port);
    if (TestServers::is_mysql())
        ask("CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=" + number +
            ", SOURCE_USER='root', SOURCE_PASSWORD='', SOURCE_AUTO_POSITION=1, "
            "GET_SOURCE_PUBLIC_KEY=1");
    else
        ask("CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=" + number +
            ", MASTER_USER='root', MASTER_PASSWORD='', MASTER_LOG_FILE='bin.000001', "
            "MASTER_LOG_POS=4");
    ask("START REPLICA");
}

void Replica::start_at(std::uint16_t port) {
    must(server_->stop());
    spec_.port = port;
    server_.emplace(must(launcher::LocalServer::make(spec_)));
    start();
}

std::string Replica::ask(const std::string& sql) {
    driver::ConnectOptions options;
    options.endpoint = {"127.0.0.1", server_->port(), ""};
    options.user = "root";
    return must(run(*must(driver::make_driver("mariadb")->connect(options)), sql));
}

}  // namespace mosaic::test
