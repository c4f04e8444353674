#include "net/server/tls_certificate.h"

#include <gtest/gtest.h>

#include <string>

#include "core/testing/recorded_log.h"
#include "core/testing/temporary_directory.h"
#include "net/testing/loopback_certificate.h"

namespace picus::net {
namespace {

class TlsCertificateTest : public ::testing::Test {
 protected:
  TlsCertificateTest() {
    files_ = {.cert = directory_ / "cert.pem", .key = directory_ / "key.pem"};
    first_.write(files_.cert, files_.key);
    opened_ = TlsCertificate::open(files_, log_);
  }

  /// Replaces only the certificate.
  void half_renew(const LoopbackCertificate& renewed) {
    renewed.write(files_.cert, directory_ / "later.pem");
  }
  void look(int times) {
    for (int i = 0; i < times; ++i) (*opened_)->look();
  }

  TemporaryDirectory temporary_;
  const std::filesystem::path& directory_ = temporary_.path();
  TlsFiles files_;
  LoopbackCertificate first_;
  RecordedLog log_;
  std::expected<std::unique_ptr<TlsCertificate>, std::string> opened_;
};

TEST_F(TlsCertificateTest, ARenewedPairIsUsedAndOneThatStaysIsNotReadAgain) {
  ASSERT_TRUE(opened_) << opened_.error();
  const auto before = (*opened_)->current();
  look(3);
  EXPECT_EQ((*opened_)->current(), before);
  LoopbackCertificate().write(files_.cert, files_.key);
  look(1);
  const auto after = (*opened_)->current();
  EXPECT_NE(after, before);
  look(3);
  EXPECT_EQ((*opened_)->current(), after);
  EXPECT_EQ(log_.count("certificate-reloaded"), 1U);
  EXPECT_EQ(log_.count("certificate-not-reloaded"), 0U);
}

TEST_F(TlsCertificateTest, APairThatDoesNotFitIsLoggedOnceAndTheOneBeforeItStays) {
  ASSERT_TRUE(opened_) << opened_.error();
  const auto before = (*opened_)->current();
  half_renew(LoopbackCertificate());
  look(5);
  EXPECT_EQ((*opened_)->current(), before);
  EXPECT_EQ(log_.count("certificate-not-reloaded"), 1U);
  half_renew(LoopbackCertificate());
  look(5);
  EXPECT_EQ(log_.count("certificate-not-reloaded"), 2U);
  std::filesystem::rename(directory_ / "later.pem", files_.key);
  look(1);
  EXPECT_NE((*opened_)->current(), before);
}

TEST_F(TlsCertificateTest, ARenewalOfOneFileAfterTheOtherIsNoFault) {
  ASSERT_TRUE(opened_) << opened_.error();
  const auto before = (*opened_)->current();
  half_renew(LoopbackCertificate());
  look(1);
  std::filesystem::rename(directory_ / "later.pem", files_.key);
  look(1);
  EXPECT_NE((*opened_)->current(), before);
  EXPECT_EQ(log_.count("certificate-reloaded"), 1U);
  EXPECT_EQ(log_.count("certificate-not-reloaded"), 0U);
}

TEST_F(TlsCertificateTest, AKeyThatOthersMayReadIsLoggedForEachRenewal) {
  ASSERT_TRUE(opened_) << opened_.error();
  LoopbackCertificate().write(files_.cert, files_.key);
  std::filesystem::permissions(files_.key, std::filesystem::perms(0640));
  EXPECT_EQ(log_.count("run chmod 600"), 0U);
  look(3);
  EXPECT_EQ(log_.count("run chmod 600"), 1U);
}

TEST_F(TlsCertificateTest, TheEndOfACertificateIsLoggedWhenItsRenewalIsOverdue) {
  // A day and an hour, of which the hour is left.
  ASSERT_TRUE(opened_) << opened_.error();
  look(3);
  EXPECT_EQ(log_.count("certificate-expires"), 1U);
  LoopbackCertificate().write(files_.cert, files_.key);
  look(3);
  EXPECT_EQ(log_.count("certificate-expires"), 2U);
  constexpr long kWeeks = 6L * 7 * 24 * 3600;
  LoopbackCertificate({.seconds_left = kWeeks}).write(files_.cert, files_.key);
  RecordedLog log;
  ASSERT_TRUE(TlsCertificate::open(files_, log));
  EXPECT_EQ(log.count("certificate-expires"), 0U);
}

}  // namespace
}  // namespace picus::net
