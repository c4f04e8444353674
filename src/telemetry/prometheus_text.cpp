#include "telemetry/prometheus_text.h"

#include <vector>

#include "core/concat.h"

namespace picus {
namespace {

std::string_view type_of(const Sample& sample) {
  if (!sample.buckets.empty()) return "histogram";
  return sample.metric.kind == Metric::Kind::gauge ? "gauge" : "counter";
}

/// `name="value"`, for each label with a comma between them. An empty value is that of a label that
/// is absent.
std::string text_of(const Labels& labels) {
  std::string text;
  for (const Label& label : labels) {
    if (label.value.empty()) continue;
    if (!text.empty()) text += ',';
    text += label.name;
    text += "=\"";
    for (const char c : label.value) {
      if (c == '\\' || c == '"') text += '\\';
      if (c == '\n') text += '\\';
      text += c == '\n' ? 'n' : c;
    }
    text += '"';
  }
  return text;
}

/// Writes samples, those of a metric one after another.
class TextWriter {
 public:
  explicit TextWriter(std::string& out) : out_(out) {}

  void write(const Sample& sample) {
    if (sample.metric.name != described_) describe(sample);
    const std::string labels = text_of(sample.labels);
    if (!sample.buckets.empty()) return write_histogram(sample, labels);
    begin_line(sample.metric.name, "", labels);
    append_decimal(out_, sample.value, sample.metric.decimals);
    out_ += '\n';
  }

 private:
  void describe(const Sample& sample) {
    const auto& [name, help, kind, decimals] = sample.metric;
    out_ += concat("# HELP ", name, " ", help, "\n# TYPE ", name, " ", type_of(sample), "\n");
    described_ = name;
    ends_.clear();
    for (const std::uint64_t bound : sample.bounds) {
      std::string end = "le=\"";
      append_decimal(end, static_cast<std::int64_t>(bound), decimals);
      ends_.push_back(end + "\"} ");
    }
    ends_.emplace_back("le=\"+Inf\"} ");
  }

  void write_histogram(const Sample& sample, const std::string& labels) {
    const std::string_view name = sample.metric.name;
    const std::string begin = concat(name, "_bucket{", labels, labels.empty() ? "" : ",");
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < sample.buckets.size(); ++i) {
      total += sample.buckets[i];
      out_ += begin;
      out_ += ends_[i];
      append_number(out_, total);
      out_ += '\n';
    }
    begin_line(name, "_sum", labels);
    append_decimal(out_, sample.value, sample.metric.decimals);
    out_ += '\n';
    begin_line(name, "_count", labels);
    append_number(out_, total);
    out_ += '\n';
  }

  /// `name_suffix{labels} `
  void begin_line(std::string_view name, std::string_view suffix, std::string_view labels) {
    out_ += name;
    out_ += suffix;
    if (!labels.empty()) {
      out_ += '{';
      out_ += labels;
      out_ += '}';
    }
    out_ += ' ';
  }

  std::string& out_;
  std::string_view described_;     ///< the metric whose description is written
  std::vector<std::string> ends_;  ///< of the names of its buckets: `le="0.1"} `
};

}  // namespace

std::string prometheus_text(Registry& registry) {
  std::string text;
  text.reserve(64UZ * 1024);
  TextWriter writer(text);
  registry.collect([&](const Sample& sample) { writer.write(sample); });
  return text;
}

}  // namespace picus
