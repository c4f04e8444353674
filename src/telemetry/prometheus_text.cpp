#include "telemetry/prometheus_text.h"

#include "core/concat.h"

namespace picus {
namespace {

std::string_view type_of(const Sample& sample) {
  if (!sample.buckets.empty()) return "histogram";
  return sample.metric.kind == Metric::Kind::gauge ? "gauge" : "counter";
}

void append_description(std::string& out, const Sample& sample) {
  out += concat("# HELP ", sample.metric.name, " ", sample.metric.help, "\n");
  out += concat("# TYPE ", sample.metric.name, " ", type_of(sample), "\n");
}

/// `name="value"`, for each label with a comma between them.
std::string text_of(const Labels& labels) {
  std::string text;
  for (const Label& label : labels) {
    if (!text.empty()) text += ',';
    text += concat(label.name, "=\"");
    for (const char c : label.value) {
      if (c == '\\' || c == '"') text += '\\';
      if (c == '\n') text += '\\';
      text += c == '\n' ? 'n' : c;
    }
    text += '"';
  }
  return text;
}

/// `name_suffix{labels} `
void begin_line(std::string& out, std::string_view name, std::string_view suffix,
                std::string_view labels) {
  out += name;
  out += suffix;
  if (!labels.empty()) out += concat("{", labels, "}");
  out += ' ';
}

void append_histogram(std::string& out, const Sample& sample, const std::string& labels) {
  const std::string_view name = sample.metric.name;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < sample.buckets.size(); ++i) {
    total += sample.buckets[i];
    out += concat(name, "_bucket{", labels, labels.empty() ? "" : ",", "le=\"");
    if (i < sample.bounds.size()) {
      append_decimal(out, static_cast<std::int64_t>(sample.bounds[i]), sample.metric.decimals);
    } else {
      out += "+Inf";
    }
    out += concat("\"} ", total, "\n");
  }
  begin_line(out, name, "_sum", labels);
  append_decimal(out, sample.value, sample.metric.decimals);
  out += '\n';
  begin_line(out, name, "_count", labels);
  out += concat(total, "\n");
}

}  // namespace

void append_decimal(std::string& out, std::int64_t number, unsigned decimals) {
  std::uint64_t scale = 1;
  for (unsigned i = 0; i < decimals; ++i) scale *= 10;
  const bool is_negative = number < 0;
  const auto digits = is_negative ? -static_cast<std::uint64_t>(number)  // also of the smallest
                                  : static_cast<std::uint64_t>(number);
  if (is_negative) out += '-';
  append_number(out, digits / scale);
  std::uint64_t rest = digits % scale;
  if (rest != 0) out += '.';
  for (; rest != 0; rest = rest * 10 % scale) out += static_cast<char>('0' + rest * 10 / scale);
}

std::string prometheus_text(Registry& registry) {
  std::string text;
  text.reserve(64UZ * 1024);
  std::string_view described;
  registry.collect([&](const Sample& sample) {
    if (sample.metric.name != described) append_description(text, sample);
    described = sample.metric.name;
    const std::string labels = text_of(sample.labels);
    if (!sample.buckets.empty()) return append_histogram(text, sample, labels);
    begin_line(text, sample.metric.name, "", labels);
    append_decimal(text, sample.value, sample.metric.decimals);
    text += '\n';
  });
  return text;
}

}  // namespace picus
